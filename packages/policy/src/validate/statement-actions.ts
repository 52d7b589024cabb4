import { type CatalogAction, catalogServices, serviceActions } from "../catalog/catalog.ts";
import { matchAction } from "../match/action.ts";
import type { ActionPattern, Statement } from "../model/policy.ts";
import { overlapsTemplate } from "./arn-units.ts";

const every = catalogServices.flatMap((service) => serviceActions(service) ?? []);

/** The actions of the catalog a pattern means; none for a misspelt one or one of another service. */
export function actionsMatching(pattern: ActionPattern): readonly CatalogAction[] {
  return every.filter(({ name }) => matchAction(pattern, name));
}

/** The actions of the catalog a statement speaks of, also with `NotAction`. */
export function actionsOfStatement({ action }: Statement): readonly CatalogAction[] {
  return every.filter(({ name }) => action.patterns.some((pattern) => matchAction(pattern, name)) !== action.negated);
}

/** Whether the pattern may mean actions the catalog does not hold. */
export function isBeyondCatalog({ service }: ActionPattern): boolean {
  return service !== "*" && !catalogServices.includes(service);
}

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

/** Whether the action can be asked on one of the statement's resources. `NotResource` always leaves some. */
export function fitsResources({ name, resources }: CatalogAction, { resource }: Statement): boolean {
  if (resource === undefined || resource.negated) return true;
  const { patterns } = resource;
  if (resources.length > 0)
    return patterns.some((pattern) => resources.some(({ arn }) => overlapsTemplate(pattern, arn)));
  const path = listedPaths.get(name);
  if (path !== undefined && patterns.some((pattern) => overlapsTemplate(pattern, path))) return true;
  // For S3's actions without resource the documentation writes `arn:aws:s3:::*` as well:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_home-directory-console.html
  return patterns.some(({ text }) => text === "*" || (name.startsWith("s3:") && /^arn:[^:]*:s3:::\*$/.test(text)));
}

export function mayAllow(statement: Statement, action: string): boolean {
  const { effect, action: element } = statement;
  return effect === "Allow" && element.patterns.some((pattern) => matchAction(pattern, action)) !== element.negated;
}
