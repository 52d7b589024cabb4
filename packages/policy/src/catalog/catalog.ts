/**
 * What AWS documents of the services whose policies this library reads: actions, resource types and condition keys.
 * Names are compared without case, as policies compare them.
 */
import { nearestName } from "../match/nearest-name.ts";
import { accessAnalyzer } from "./access-analyzer.ts";
import { account } from "./account.ts";
import { cloudtrail } from "./cloudtrail.ts";
import { globalKeys } from "./global-keys.ts";
import { iam } from "./iam.ts";
import { organizations } from "./organizations.ts";
import { s3 } from "./s3.ts";
import { s3Credentials } from "./s3-credentials.ts";
import type { AccessLevel, ConditionKeyType, ServiceTable } from "./service.ts";
import { sts } from "./sts.ts";

export interface ActionResource {
  /** The reference's name of the type: `bucket`, `object`, `role`. */
  readonly type: string;
  /** ARN with `${…}` where a part is free. */
  readonly arn: string;
  readonly required: boolean;
}

export interface CatalogAction {
  /** `s3:GetObject`. */
  readonly name: string;
  readonly access: AccessLevel;
  /** Empty: the action has no resource and is granted on `*`. */
  readonly resources: readonly ActionResource[];
  /** The service's own condition keys a request for it may have; those that end in `/` are families. */
  readonly conditionKeys: readonly string[];
  /** The page that lists it. */
  readonly page: string;
}

export interface ConditionKeyKind {
  readonly type: Exclude<ConditionKeyType, `ArrayOf${string}`>;
  /** Whether one request may hold several values, so that `ForAllValues` and `ForAnyValue` mean something. */
  readonly multivalued: boolean;
}

const services: readonly ServiceTable[] = [
  s3,
  iam,
  sts,
  organizations,
  cloudtrail,
  account,
  accessAnalyzer,
  s3Credentials,
];

const actionsByService = new Map(services.map((table) => [table.prefix, actionsOf(table)]));

const actionsByName = new Map(
  [...actionsByService.values()].flatMap((actions) => actions.map((action) => [action.name.toLowerCase(), action])),
);

function actionsOf(table: ServiceTable): readonly CatalogAction[] {
  return Object.entries(table.actions).map(([name, [access, marked, keys = []]]) => {
    const resources = marked.map((mark): ActionResource => {
      const type = mark.replace("*", "");
      return { type, arn: table.resourceTypes[type]?.arn ?? "", required: mark.endsWith("*") };
    });
    const resourceKeys = resources.flatMap(({ type }) => table.resourceTypes[type]?.keys ?? []);
    return {
      name: `${table.prefix}:${name}`,
      access,
      resources,
      conditionKeys: [...new Set([...table.commonKeys, ...keys, ...resourceKeys])],
      page: table.page,
    };
  });
}

/** The ARNs of every resource type of every service, with `${…}` where a part is free. */
export const resourceTemplates: readonly string[] = services.flatMap(({ resourceTypes }) =>
  Object.values(resourceTypes).map(({ arn }) => arn),
);

/** The prefixes of the services the catalog holds. */
export const catalogServices: readonly string[] = services.map(({ prefix }) => prefix);

/** Undefined for a service the catalog does not hold. */
export function serviceActions(service: string): readonly CatalogAction[] | undefined {
  return actionsByService.get(service.toLowerCase());
}

/** `name` is `service:Action`, without wildcards. */
export function findAction(name: string): CatalogAction | undefined {
  return actionsByName.get(name.toLowerCase());
}

/** Whether requests for the action may have the service's condition key; case does not matter. */
export function hasConditionKey({ conditionKeys }: CatalogAction, key: string): boolean {
  const name = key.toLowerCase();
  return conditionKeys.some((one) =>
    one.endsWith("/") ? name.startsWith(one.toLowerCase()) : one.toLowerCase() === name,
  );
}

const keyTypes = new Map(
  [globalKeys, ...services.map(({ conditionKeys }) => conditionKeys)].flatMap((keys) =>
    Object.entries(keys).map(([key, type]): [string, ConditionKeyType] => [key.toLowerCase(), type]),
  ),
);

const families = [...keyTypes.keys()].filter((key) => key.endsWith("/"));

/** Undefined for a key the catalog does not hold. A family's key needs something after its `/`. */
export function conditionKeyType(key: string): ConditionKeyKind | undefined {
  const lowerCase = key.toLowerCase();
  const family = families.find((one) => lowerCase.startsWith(one) && lowerCase.length > one.length);
  const type = family === undefined && lowerCase.endsWith("/") ? undefined : keyTypes.get(family ?? lowerCase);
  switch (type) {
    case undefined:
      return undefined;
    case "ArrayOfString":
      return { type: "String", multivalued: true };
    case "ArrayOfARN":
      return { type: "ARN", multivalued: true };
    case "ArrayOfBool":
      return { type: "Bool", multivalued: true };
    default:
      return { type, multivalued: false };
  }
}

/** The action a misspelt `service:Name` most likely means; undefined when none is near. */
export function nearestAction(name: string): string | undefined {
  const [service = "", action = ""] = name.split(":");
  const known = serviceActions(service);
  if (known === undefined) {
    const near = nearestName(service, catalogServices);
    return near === undefined ? undefined : findAction(`${near}:${action}`)?.name;
  }
  return nearestName(
    name,
    known.map((one) => one.name),
  );
}

/** Every condition key of the catalog; names that end in `/` are families. */
export const conditionKeyNames: readonly string[] = [
  globalKeys,
  ...services.map(({ conditionKeys }) => conditionKeys),
].flatMap(Object.keys);

/** The condition key a misspelt one most likely means; a tag's key is kept (`aws:ResourceTags/team`). */
export function nearestConditionKey(key: string): string | undefined {
  const slash = key.indexOf("/");
  const [head, tail] = slash === -1 ? [key, ""] : [key.slice(0, slash + 1), key.slice(slash + 1)];
  const near = nearestName(head, conditionKeyNames);
  if (near === undefined) return undefined;
  return near.endsWith("/") ? `${near}${tail}` : near;
}
