import type { CatalogAction } from "../../catalog/catalog.ts";
import type { TextPattern } from "../../model/policy.ts";
import { overlapsTemplate } from "../arn-units.ts";
import type { Check } from "../rule.ts";
import { actionsMatching, isBeyondCatalog } from "../statement-actions.ts";

/**
 * An action that none of the statement's resources can be asked with: an object's action with a bucket's ARN, an action without
 * resource with anything but `*`. "If you specify a resource that is not valid for the action, any request to use that action
 * fails, and the statement's Effect does not apply."
 */
export const checkActionResources: Check = ({ statements }) =>
  statements.flatMap(({ statement, actions, resources }) => {
    if (statement.action.negated || statement.resource === undefined || statement.resource.negated) return [];
    const patterns = resources.map(({ pattern }) => pattern);
    return actions.flatMap(({ pattern, place }) => {
      const meant = actionsMatching(pattern);
      const [first] = meant;
      if (first === undefined || isBeyondCatalog(pattern) || meant.some((one) => fitsAny(one, patterns))) return [];
      const help =
        first.resources.length === 0
          ? 'it has no resource: grant it on `"*"`, in a statement of its own'
          : `it is asked on ${first.resources.map(({ type, arn }) => `${type} \`${written(arn)}\``).join(" or ")}`;
      return [{ place, message: `\`${pattern.text}\` applies to none of the statement's resources`, help }];
    });
  });

/**
 * What IAM asks a list below a path on, though its table of actions names no resource: the path, as an ARN. The documentation grants
 * `iam:ListUsers` on `arn:aws:iam::*:user/Department/Development/*`:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_policy-sim-path-console.html
 */
const listedPaths: ReadonlyMap<string, string> = new Map(
  Object.entries({ ListGroups: "group", ListRoles: "role", ListUsers: "user" }).map(([name, kind]) => [
    `iam:${name}`,
    `arn:\${Partition}:iam::\${Account}:${kind}/\${Path}`,
  ]),
);

function fitsAny({ name, resources }: CatalogAction, patterns: readonly TextPattern[]): boolean {
  if (resources.length > 0)
    return patterns.some((pattern) => resources.some(({ arn }) => overlapsTemplate(pattern, arn)));
  const path = listedPaths.get(name);
  if (path !== undefined && patterns.some((pattern) => overlapsTemplate(pattern, path))) return true;
  // For S3's actions without resource the documentation writes `arn:aws:s3:::*` as well:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_home-directory-console.html
  return patterns.some(({ text }) => text === "*" || (name.startsWith("s3:") && /^arn:[^:]*:s3:::\*$/.test(text)));
}

function written(template: string): string {
  return template.replace("${Partition}", "aws");
}
