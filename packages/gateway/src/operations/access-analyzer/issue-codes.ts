import { describeRule, type PolicyUse } from "@s3-credentials/policy";

/** The reference of IAM Access Analyzer's checks; the kind of a check and its name follow. */
const checks =
  "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks";

/** What IAM Access Analyzer calls the faults of grammar that both find. A rule that is one of its checks says so by its page. */
const grammarChecks: Readonly<Record<string, string>> = {
  "conflicting-elements": "error-unsupported-element-combination",
  "duplicate-sid": "error-unique-sids-required",
  "empty-condition": "suggestion-empty-object-condition",
  "invalid-action": "error-invalid-action",
  "invalid-condition-key": "error-invalid-condition-key-format",
  "invalid-effect": "error-invalid-effect",
  "invalid-json": "error-json-syntax-error",
  "invalid-principal": "error-invalid-principal-format",
  "invalid-sid": "error-unsupported-sid",
  "invalid-version": "error-invalid-version",
  "missing-action": "error-missing-action",
  "missing-effect": "error-missing-effect",
  "missing-principal": "error-missing-principal",
  "missing-resource": "error-missing-resource",
  "missing-statement": "error-missing-statement",
  "prohibited-allow": "error-rcp-syntax-error-allow",
  "prohibited-not-action": "error-rcp-syntax-error-notaction",
  "unknown-element": "error-invalid-policy-element",
  "unknown-operator": "error-invalid-condition-operator",
  "unknown-principal-type": "error-invalid-principal-key",
  "wrong-type": "error-data-type-mismatch",
};

/** Faults that have a name of their own in each kind of policy. */
const checksOfUse: Readonly<Record<string, Partial<Record<PolicyUse, string>>>> = {
  "prohibited-principal": {
    guardrail: "error-scp-syntax-error-principal",
    "resource-guardrail": "error-rcp-syntax-error-principal",
    identity: "error-unsupported-principal",
  },
  "policy-too-large": {
    guardrail: "error-policy-size-exceeds-scp-quota",
    "resource-guardrail": "error-policy-size-exceeds-rcp-quota",
  },
};

/** The code of a finding and the page about it: AWS's where AWS has the same check, else names and pages of our own. */
export function issueOf(code: string, use: PolicyUse): { readonly issueCode: string; readonly learnMoreLink: string } {
  const page = describeRule(code)?.page ?? "";
  const check = page.startsWith(`${checks}-`)
    ? page.slice(checks.length + 1)
    : (checksOfUse[code]?.[use] ?? grammarChecks[code]);
  if (check === undefined) return { issueCode: constant(code), learnMoreLink: page };
  const name = check.replace(/^(?:error|general-warning|security-warning|suggestion)-/, "");
  return { issueCode: constant(name), learnMoreLink: `${checks}-${check}` };
}

function constant(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}
