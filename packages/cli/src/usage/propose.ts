/** For each user and role, a policy that is proved to be narrower than what it has, and to allow all that it used. */
import { maxInlineLength, type NarrowerPolicy, narrowerPolicy, type UsedRequest } from "@s3-credentials/policy";
import { fromPlain, type Json, jsonObject } from "../formats/json.ts";
import {
  type Configuration,
  type Entity,
  entitiesOf,
  entityWords,
  inlineOf,
  makeEntity,
  ofKind,
  sortKeys,
  tagsOf,
  textsOf,
} from "../configuration/configuration.ts";
import { principalOf } from "../configuration/keep-way-in.ts";
import { arnOf } from "../configuration/references.ts";
import { type ForeignPolicies, layersOf } from "../configuration/verdicts.ts";

export type Proposal =
  | Exclude<NarrowerPolicy, { readonly kind: "narrower" }>
  /** By what AWS keeps, where the record does not say what was asked: prefixes of services. */
  | { readonly kind: "unused-services"; readonly services: readonly string[] }
  | {
      readonly kind: "narrower";
      readonly document: Json;
      /** What it stands in for, each with whom else has it. */
      readonly replaces: readonly string[];
      readonly actions: readonly string[];
      /** Requests of the record that it was tried with. */
      readonly tried: number;
    };

/** The name of the policy in which a user or role has what it used. */
const policyName = "access-report";

export function propose(
  configuration: Configuration,
  foreign: ForeignPolicies,
  entity: Entity,
  usage: ReadonlyMap<string, UsedRequest>,
): Proposal {
  const found = narrowerPolicy({
    layers: layersOf(configuration, entity, foreign).layers,
    principal: principalOf(configuration, entity),
    tags: tagsOf(entity),
    arn: arnOf(configuration, entity),
    used: [...usage.values()],
    maxLength: maxInlineLength[entity.kind === "users" ? "user" : "role"],
  });
  if (found.kind !== "narrower") return found;
  return { ...found, document: sortKeys(fromPlain(found.document)), replaces: replacedBy(configuration, entity) };
}

/** With this policy as its only one, and in no group that has policies. What it shared with others stays as it is for them. */
export function withPolicy(configuration: Configuration, entity: Entity, document: Json): Configuration {
  const member = entity.kind === "users" ? "UserPolicyList" : "RolePolicyList";
  const policies = [jsonObject({ PolicyName: policyName, PolicyDocument: document })];
  const own = makeEntity(
    entity.kind,
    entity.name,
    new Map<string, Json>([...entity.members, ["AttachedManagedPolicies", []], [member, policies]]),
  );
  const changed = [...configuration.entities.values()].map((other) => {
    if (other.kind === entity.kind && other.name === entity.name) return own;
    if (!isGroupWithPolicies(other) || entity.kind !== "users") return other;
    const users = textsOf(other, "Users").filter((user) => user !== entity.name);
    return makeEntity("groups", other.name, new Map([...other.members, ["Users", users]]));
  });
  return { ...configuration, entities: entitiesOf(changed) };
}

/** Those that give this user anything. */
export function groupsOf(configuration: Configuration, { kind, name }: Entity): readonly Entity[] {
  if (kind !== "users") return [];
  return ofKind(configuration, "groups").filter(
    (group) => isGroupWithPolicies(group) && textsOf(group, "Users").includes(name),
  );
}

function isGroupWithPolicies(entity: Entity): boolean {
  return entity.kind === "groups" && inlineOf(entity).size + textsOf(entity, "AttachedManagedPolicies").length > 0;
}

function replacedBy(configuration: Configuration, entity: Entity): readonly string[] {
  const others = (["users", "groups", "roles"] as const)
    .flatMap((kind) => ofKind(configuration, kind))
    .filter((other) => other.kind !== entity.kind || other.name !== entity.name);
  const shared = (names: readonly string[]): string =>
    names.length === 0 ? "" : `, which stays as it is for ${names.join(", ")}`;
  const attached = textsOf(entity, "AttachedManagedPolicies").map((arn) => {
    const also = others.filter((other) => textsOf(other, "AttachedManagedPolicies").includes(arn)).map(entityWords);
    return `${arn}${shared(also)}`;
  });
  const groups = groupsOf(configuration, entity).map((group) => {
    const users = textsOf(group, "Users").filter((user) => user !== entity.name);
    return `membership of group ${group.name}${shared(users.map((user) => `user ${user}`))}`;
  });
  return [...[...inlineOf(entity).keys()].map((name) => `policy ${name}`), ...attached, ...groups];
}
