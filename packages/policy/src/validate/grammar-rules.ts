/** What the parser reports: errors in the grammar, each with its meaning and page. */
const userGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide";

interface GrammarRule {
  readonly meaning: string;
  readonly page: string;
}

function onPage(page: string, meanings: Readonly<Record<string, string>>): readonly (readonly [string, GrammarRule])[] {
  return Object.entries(meanings).map(([code, meaning]) => [code, { meaning, page: `${userGuide}/${page}` }]);
}

export const grammarRules: ReadonlyMap<string, GrammarRule> = new Map([
  ...onPage("reference_policies_grammar.html", {
    "invalid-json": "the text is not JSON",
    "duplicate-key": "an object has the same key twice",
    "too-deep": "values are nested deeper than any policy",
    "too-long": "the text is longer than any policy",
    "wrong-type": "a value of another JSON type than the grammar's",
    "unknown-element": "an element the policy language does not have",
    "conflicting-elements": "an element beside its opposite",
    "missing-statement": "a document without statement",
    "missing-effect": "a statement without `Effect`",
    "missing-action": "a statement without `Action` or `NotAction`",
    "missing-resource": "a statement without `Resource` or `NotResource`",
    "missing-principal": "a statement of a resource's policy without `Principal`",
    "empty-list": "an empty list",
    "more-errors": "the number of errors beyond the first hundred",
  }),
  ...onPage("reference_policies_elements_version.html", {
    "invalid-version": "a version the policy language does not have",
  }),
  ...onPage("reference_policies_elements_id.html", { "prohibited-id": "an `Id` where none is allowed" }),
  ...onPage("reference_policies_elements_sid.html", {
    "invalid-sid": "a `Sid` with more than letters and digits",
    "duplicate-sid": "two statements with the same `Sid`",
  }),
  ...onPage("reference_policies_elements_effect.html", { "invalid-effect": "an effect other than `Allow` and `Deny`" }),
  ...onPage("reference_policies_elements_action.html", {
    "invalid-action": "an action not of the form `service:Name`",
  }),
  ...onPage("reference_policies_elements_resource.html", { "invalid-resource": "a resource that is not an ARN" }),
  ...onPage("reference_policies_elements_principal.html", {
    "invalid-principal": "a principal that cannot exist",
    "empty-principal": "a `Principal` that names nobody",
    "unknown-principal-type": "a kind of principal that does not exist",
    "prohibited-principal": "a principal where none is allowed",
    "prohibited-resource": "a resource in a trust policy",
    "trust-action": "a trust policy with an action of another service than STS",
    "trust-not-action": "a trust policy with `NotAction`",
  }),
  ...onPage("reference_policies_elements_condition_operators.html", {
    "unknown-operator": "a condition operator that does not exist",
    "invalid-condition-value": "a value the operator cannot compare",
  }),
  ...onPage("reference_policies_elements_condition.html", {
    "empty-condition": "a condition operator without key",
    "invalid-condition-key": "a condition key not of the form `service:key`",
  }),
  ...[
    ["organization-version", "a resource control policy without `Version` 2012-10-17"] as const,
    ["prohibited-allow", "`Allow` in a resource control policy"] as const,
    ["prohibited-not-action", "`NotAction` in a resource control policy"] as const,
  ].map(([code, meaning]): readonly [string, GrammarRule] => [
    code,
    {
      meaning,
      page: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html",
    },
  ]),
  ...onPage("reference_policies_variables.html", { "invalid-variable": "not a policy variable" }),
]);
