import { catalogServices, conditionKeyType, hasConditionKey, nearestConditionKey } from "../../catalog/catalog.ts";
import type { ActionPattern, Statement } from "../../model/policy.ts";
import { editDistance } from "../../match/nearest-name.ts";
import { holdsWithoutKey } from "../condition-view.ts";
import { type Remark, type Rule, checks, didYouMean, listNames, reference, remark } from "../rule.ts";
import { actionsMatching, actionsOfStatement, fitsResources } from "../statement-actions.ts";
import type { LocatedCondition, LocatedStatement } from "../subject.ts";

/** Condition keys that have a successor, in lower case. */
const replacedKeys: ReadonlyMap<string, string> = new Map([
  // "We recommend that you update aws:ARN to use the newer condition keys aws:PrincipalArn or aws:SourceArn."
  ["aws:arn", "`aws:PrincipalArn` or `aws:SourceArn`"],
  // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
  ["aws:sourceowner", "`aws:SourceAccount`"],
]);

/** Actions that have a successor, or none, in lower case. */
const replacedActions: ReadonlyMap<string, string | undefined> = new Map([
  // "Use UpdateRole instead." https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
  ["iam:updateroledescription", "`iam:UpdateRole`"],
  // BitTorrent was switched off. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTorrent.html
  ["s3:getobjecttorrent", undefined],
  ["s3:getobjectversiontorrent", undefined],
]);

/** Keys that mean little without another: the same private address is in use in many networks. */
const partners: ReadonlyMap<string, readonly string[]> = new Map([
  ["aws:vpcsourceip", ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"]],
]);

export const conditionKeyRules = {
  /**
   * A condition key that no request has. Keys of other services and of identity providers are not the catalog's to know, unless a letter
   * of the prefix makes one of them of its own: `awss:username`.
   */
  "unknown-condition-key": {
    severity: "error",
    meaning: "there is no such condition key",
    page: `${checks}-error-invalid-service-condition-key`,
    check: ({ statements }) => {
      const services = new Set(statements.flatMap(({ actions }) => actions.map(({ pattern }) => pattern.service)));
      return statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition: { key }, place }) => {
          if (conditionKeyType(key) !== undefined || replacedKeys.has(key.toLowerCase())) return [];
          const near = nearestConditionKey(key);
          const prefix = key.slice(0, key.indexOf(":")).toLowerCase();
          const isOurs = prefix === "aws" || catalogServices.includes(prefix);
          if (!isOurs && (services.has(prefix) || !isMisspeltPrefix(key, near))) return [];
          const needsName = key.endsWith("/") || conditionKeyType(`${key}/name`) !== undefined;
          if (needsName) {
            const family = key.endsWith("/") ? key : `${key}/`;
            return [{ place, message: `\`${key}\` needs the name of a tag`, help: `write \`${family}name\`` }];
          }
          return [remark(place, `\`${key}\` is not a condition key`, didYouMean(near))];
        }),
      );
    },
  },

  /**
   * A service's condition key on actions whose requests never have it: `s3:prefix` on `s3:GetObject`. A key that an action
   * does not support is not in the request context.
   */
  "unsupported-condition-key": {
    severity: "warning",
    meaning: "a condition key that requests for the action never have",
    page: reference,
    check: ({ kind, statements }) => (kind === "resource" ? [] : statements.flatMap(unsupportedKeys)),
  },

  /**
   * S3 does not store it: "Conditions do not apply to combination of actions and resources in statement". Each action of the
   * statement must have the key; of the actions that a pattern means, one is enough.
   */
  "bucket-policy-condition-key": {
    severity: "error",
    meaning:
      "a condition key of a bucket policy that requests for one of the statement's actions never have: S3 refuses the policy",
    page: reference,
    check: ({ kind, statements }) => (kind === "resource" ? statements.flatMap(unsupportedKeys) : []),
  },

  /** "The condition key appears more than once with different capitalization in the same condition block." */
  "duplicate-condition-key": {
    severity: "error",
    meaning: "a condition key written twice with different capitals",
    page: `${checks}-error-duplicate-keys-with-different-case`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions
          .filter(({ condition }, index) =>
            conditions.slice(0, index).some((one) => {
              const { written, key } = one.condition;
              return written === condition.written && key.toLowerCase() === condition.key.toLowerCase();
            }),
          )
          .map(({ condition: { key }, place }) => ({
            place,
            message: `\`${key}\` is already written with other capitals under the same operator`,
            help: "write it once, with all its values",
          })),
      ),
  },

  /** "Some condition keys are more secure when paired with other related condition keys." */
  "unpaired-condition-key": {
    severity: "security-warning",
    meaning: "a condition key that is safe only with another",
    page: `${checks}-security-warning-missing-paired-condition-keys`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) => {
        const present = new Set(conditions.map(({ condition }) => condition.key.toLowerCase()));
        return conditions.flatMap(({ condition: { key }, place }) => {
          const wanted = partners.get(key.toLowerCase());
          if (wanted === undefined || wanted.some((one) => present.has(one.toLowerCase()))) return [];
          const help = `add a condition on \`${wanted[0] ?? ""}\``;
          return [{ place, message: `\`${key}\` alone does not say in which network the address is`, help }];
        });
      }),
  },

  /** A condition key or an action AWS has replaced. */
  "deprecated-name": {
    severity: "warning",
    meaning: "a condition key or action that AWS replaced",
    page: `${checks}-general-warning-deprecated-global-condition-key`,
    check: ({ statements }) =>
      statements.flatMap(({ actions, conditions }): readonly Remark[] => [
        ...actions.flatMap(({ pattern: { text }, place }) => {
          const name = text.toLowerCase();
          if (!replacedActions.has(name)) return [];
          const successor = replacedActions.get(name);
          const help = successor === undefined ? undefined : `use ${successor}`;
          return [remark(place, `\`${text}\` is no longer in use`, help)];
        }),
        ...conditions.flatMap(({ condition: { key }, place }) => {
          const successor = replacedKeys.get(key.toLowerCase());
          return successor === undefined
            ? []
            : [{ place, message: `\`${key}\` is no longer in use`, help: `use ${successor}` }];
        }),
      ]),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function isMisspeltPrefix(key: string, near: string | undefined): boolean {
  const [prefix = "", name] = key.toLowerCase().split(/:(.*)/s);
  const [known = "", knownName] = near?.toLowerCase().split(/:(.*)/s) ?? [];
  return name === knownName && editDistance(prefix, known) === 1;
}

function isServiceKey(key: string): boolean {
  return catalogServices.includes(key.slice(0, key.indexOf(":")).toLowerCase());
}

function unsupportedKeys(statement: LocatedStatement): readonly Remark[] {
  return statement.conditions.flatMap((located) => keyRemarks(statement, located));
}

function keyRemarks(located: LocatedStatement, { condition, place }: LocatedCondition): readonly Remark[] {
  const { key } = condition;
  const without = isServiceKey(key) ? patternsWithout(located, key) : [];
  if (without.length === 0) return [];
  const outcome = holdsWithoutKey(condition) ? "always" : "never";
  const help =
    without.length < located.actions.length
      ? "put those actions in a statement of their own"
      : "remove it, or add the action it was written for";
  return [
    {
      place,
      message: `requests for ${listNames(without)} have no \`${key}\`: the condition ${outcome} holds for them`,
      help,
    },
  ];
}

/** The action patterns of the statement that mean no action with the key on the statement's resources. */
function patternsWithout({ statement, actions }: LocatedStatement, key: string): readonly string[] {
  if (!statement.action.negated)
    return actions.filter(({ pattern }) => lacksKey(pattern, statement, key)).map(({ pattern }) => pattern.text);
  const some = actionsOfStatement(statement).some(
    (action) => hasConditionKey(action, key) && fitsResources(action, statement),
  );
  return some ? [] : actions.slice(0, 1).map(() => "NotAction");
}

/** An action that fits none of the resources is reported by a rule of its own. */
function lacksKey(pattern: ActionPattern, statement: Statement, key: string): boolean {
  const matching = actionsMatching(pattern).filter((action) => fitsResources(action, statement));
  return matching.length > 0 && !matching.some((action) => hasConditionKey(action, key));
}
