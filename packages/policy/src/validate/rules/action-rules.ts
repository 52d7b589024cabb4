import { catalogServices, nearestAction, resourceTemplates, serviceActions } from "../../catalog/catalog.ts";
import { actionOfOperation } from "../../catalog/operation-actions.ts";
import { matchAction, namesService } from "../../match/action.ts";
import type { ActionPattern } from "../../model/policy.ts";
import { overlapsTemplate } from "../arn-units.ts";
import { type Remark, type Rule, checks, didYouMean, reference, remark } from "../rule.ts";
import { actionsMatching, actionsOfStatement, fitsResources, isBeyondCatalog } from "../statement-actions.ts";
import type { LocatedStatement } from "../subject.ts";

export const actionRules = {
  /** An unknown action, or a pattern that matches no action, of a service whose actions are all in the catalog. */
  "unknown-action": {
    severity: "error",
    meaning: "the service has no such action",
    page: `${checks}-error-invalid-action`,
    check: ({ statements }) =>
      statements.flatMap(({ actions }) =>
        actions
          .filter(
            ({ pattern }) => serviceActions(pattern.service) !== undefined && actionsMatching(pattern).length === 0,
          )
          .map(({ pattern: { text, service }, place }) =>
            /[*?]/.test(text)
              ? { place, message: `\`${text}\` takes no action of \`${service}\`` }
              : remark(place, `\`${text}\` is not an action`, helpFor(text)),
          ),
      ),
  },

  /**
   * An action of a service the catalog does not hold: nothing here can check it, and nothing here answers it. `NotAction` names the
   * services a statement leaves alone, which are rightly others; there only what looks like a misspelt one is reported.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-requested-region.html
   */
  "unknown-service": {
    severity: "warning",
    meaning: "the action's service is not in this catalog",
    page: `${checks}-error-invalid-service-in-action`,
    check: ({ statements }) =>
      statements.flatMap(({ statement, actions }) =>
        actions
          .filter(
            ({ pattern }) =>
              !isKnown(pattern) && (!statement.action.negated || nearestAction(pattern.text) !== undefined),
          )
          .map(({ pattern: { text, service }, place }) => {
            const known = catalogServices.join(", ");
            const message = `\`${service}\` is not a service whose actions are known here (${known})`;
            return remark(place, message, didYouMean(nearestAction(text)));
          }),
      ),
  },

  /** A bucket policy holds actions on the bucket and its objects only: S3 refuses others ("Policy has invalid action"). */
  "bucket-policy-action": {
    severity: "error",
    meaning: "a bucket policy with an action that is not for buckets or objects",
    page: `${checks}-error-unsupported-action-in-policy`,
    check: ({ kind, statements }) =>
      kind !== "resource"
        ? []
        : statements.flatMap(({ actions }) =>
            actions.flatMap(({ pattern, place }) => {
              const matching = actionsMatching(pattern);
              const isKnown = catalogServices.includes(pattern.service);
              if (!isKnown || matching.length === 0 || matching.some(({ resources }) => resources.some(isOfBucket)))
                return [];
              return [
                {
                  place,
                  message: `\`${pattern.text}\` is not asked on a bucket or an object, so a bucket policy cannot hold it`,
                  help: "grant it in a policy of the user or role",
                },
              ];
            }),
          ),
  },

  /** Organizations does not store a resource control policy that leaves the service open. */
  "resource-control-action": {
    severity: "error",
    meaning: "an action of a resource control policy that names no service",
    page: `${checks}-error-rcp-syntax-error-action`,
    check: ({ kind, statements }) =>
      kind !== "resource-guardrail"
        ? []
        : statements.flatMap(({ actions }) =>
            actions
              .filter(({ pattern }) => !namesService(pattern))
              .map(({ pattern, place }) => ({
                place,
                message: `\`${pattern.text}\` names no service, as each action of a resource control policy has to`,
                help: "write the services out, such as `s3:*` and `sts:*`",
              })),
          ),
  },

  /**
   * An action that none of the statement's resources can be asked with: an object's action with a bucket's ARN, an action without
   * resource with anything but `*`. "If you specify a resource that is not valid for the action, any request to use that action
   * fails, and the statement's Effect does not apply."
   */
  "action-without-resource": {
    severity: "warning",
    meaning: "an action that fits none of the statement's resources",
    page: reference,
    check: ({ kind, statements }) => (kind === "resource" ? [] : statements.flatMap(actionsWithoutResource)),
  },

  /** The same in a bucket policy: S3 does not store it ("Action does not apply to any resource(s) in statement"). */
  "bucket-policy-action-resource": {
    severity: "error",
    meaning: "an action of a bucket policy that fits none of the statement's resources: S3 refuses the policy",
    page: reference,
    check: ({ kind, statements }) => (kind === "resource" ? statements.flatMap(actionsWithoutResource) : []),
  },

  /** A resource that fits none of the statement's actions: a bucket's ARN beside actions on objects only. */
  "resource-without-action": {
    severity: "warning",
    meaning: "a resource that fits none of the statement's actions",
    page: reference,
    check: ({ statements }) =>
      statements.flatMap((one) => {
        const { statement, actions, resources } = one;
        if (statement.resource?.negated === true || actions.some(({ pattern }) => isBeyondCatalog(pattern))) return [];
        const matching = actionsOfStatement(statement);
        // Misspelt actions are reported as such; they say nothing of the resources.
        if (matching.length === 0) return [];
        return resources
          .filter(({ pattern }) => pattern.text !== "*" && catalogServices.includes(pattern.text.split(":")[2] ?? ""))
          .filter(({ pattern }) => resourceTemplates.some((arn) => overlapsTemplate(pattern, arn)))
          .filter(({ pattern }) => !pattern.text.endsWith(":*"))
          .filter(
            ({ pattern }) =>
              !matching.some((action) => action.resources.some(({ arn }) => overlapsTemplate(pattern, arn))),
          )
          .map(({ pattern: { text }, place }) => ({
            place,
            message: `none of the statement's actions is asked on \`${text}\``,
            help: "remove it, or add the action it was written for",
          }));
      }),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function actionsWithoutResource({ statement, actions }: LocatedStatement): readonly Remark[] {
  if (statement.action.negated || statement.resource === undefined || statement.resource.negated) return [];
  return actions.flatMap(({ pattern, place }) => {
    const matching = actionsMatching(pattern);
    const [first] = matching;
    if (first === undefined || isBeyondCatalog(pattern) || matching.some((one) => fitsResources(one, statement)))
      return [];
    const help =
      first.resources.length === 0
        ? 'it has no resource: grant it on `"*"`, in a statement of its own'
        : `it is asked on ${first.resources.map(({ type, arn }) => `${type} \`${written(arn)}\``).join(" or ")}`;
    return [{ place, message: `\`${pattern.text}\` applies to none of the statement's resources`, help }];
  });
}

function helpFor(text: string): string | undefined {
  const matching = actionOfOperation(text);
  return matching === undefined ? didYouMean(nearestAction(text)) : `that operation's action is \`${matching}\``;
}

function isKnown({ text, service }: ActionPattern): boolean {
  return catalogServices.some((one) => matchAction({ text, service, name: "*" }, `${one}:Any`));
}

function isOfBucket({ arn }: { readonly arn: string }): boolean {
  return arn.startsWith("arn:${Partition}:s3:::");
}

function written(template: string): string {
  return template.replace("${Partition}", "aws");
}
