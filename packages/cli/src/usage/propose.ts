/** For each user and role, a policy that is proved to be narrower than what it has, and to allow all that it used. */
import { compareLayers, decide, isAllowed, type Layers, principalContext } from "@s3-credentials/policy";
import { fromPlain, type Json, jsonObject } from "../formats/json.ts";
import {
  type Configuration,
  type Entity,
  entitiesOf,
  entityKey,
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
import { compact } from "../plan/documents.ts";
import { maxUsed, type Used } from "./read-usage.ts";
import { tightenedStatements } from "./tighten.ts";

export type Proposal =
  | { readonly kind: "unused" | "as-used" }
  | { readonly kind: "not-decided"; readonly why: string }
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

/** Characters that IAM takes. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const longest = { users: 2048, roles: 10_240 } as const;

export function propose(
  configuration: Configuration,
  foreign: ForeignPolicies,
  entity: Entity,
  usage: ReadonlyMap<string, Used>,
): Proposal {
  const kind = entity.kind === "users" ? "users" : "roles";
  const { layers } = layersOf(configuration, entity, foreign);
  if (layers.identity.length === 0) return { kind: "as-used" };
  if (usage.size === 0) return { kind: "unused" };
  if (usage.size >= maxUsed)
    return { kind: "not-decided", why: `it made more than ${maxUsed} different requests; take a shorter window` };
  if (layers.identity.some(({ program }) => program === "unreadable"))
    return { kind: "not-decided", why: "one of its policies cannot be read" };
  const policies = layers.identity.flatMap(({ program }) => (program === "unreadable" ? [] : [program.source]));
  const used = [...usage.values()];
  let why = "no narrower policy was found";
  for (const precise of [true, false]) {
    const statements = tightenedStatements(policies, used, precise);
    // It used only what others let it do: policies of buckets.
    if (!statements.some(({ Effect }) => Effect === "Allow")) return { kind: "unused" };
    const document = sortKeys(fromPlain({ Version: "2012-10-17", Statement: statements }));
    const length = compact(document).length;
    if (length > longest[kind]) {
      why = `the policy would have ${length} characters, and IAM takes ${longest[kind]}`;
      continue;
    }
    const after = withPolicy(configuration, entity, document);
    const own = after.entities.get(entityKey(kind, entity.name));
    if (own === undefined) throw new Error(`${entity.name} is gone`);
    const now = layersOf(after, own, foreign).layers;
    const lost = replay(configuration, entity, layers, now, used);
    if (lost !== undefined) {
      why = `it would lose ${lost}`;
      continue;
    }
    const { change, ...more } = compareLayers(layers, now, arnOf(configuration, entity));
    if (change === "same") return { kind: "as-used" };
    if (change === "narrower") {
      const actions = [...new Set(used.map(({ action }) => action))].toSorted();
      const replaces = replacedBy(configuration, entity);
      return { kind: "narrower", document, replaces, actions, tried: used.length };
    }
    if ("construct" in more) why = `that it is narrower is not decided, because of ${more.construct}`;
  }
  return { kind: "not-decided", why };
}

/** A request of the record that was allowed and would not be any more. */
function replay(
  configuration: Configuration,
  entity: Entity,
  before: Layers,
  after: Layers,
  used: readonly Used[],
): string | undefined {
  const principal = principalOf(configuration, entity);
  const own = principalContext(principal, { tags: tagsOf(entity) });
  for (const { action, resource, resourceAccount, context: sent } of used) {
    const context = (key: string) => sent.get(key.toLowerCase()) ?? own.get(key.toLowerCase());
    const asked = { action, resource, context, resourceAccount: resourceAccount ?? configuration.account };
    const request = { principal, ...asked };
    if (isAllowed(decide(before, request)) && !isAllowed(decide(after, request))) return `${action} on ${resource}`;
  }
  return undefined;
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
  const groups = others
    .filter((other) => entity.kind === "users" && isGroupWithPolicies(other))
    .filter((group) => textsOf(group, "Users").includes(entity.name))
    .map((group) => {
      const users = textsOf(group, "Users").filter((user) => user !== entity.name);
      return `membership of group ${group.name}${shared(users.map((user) => `user ${user}`))}`;
    });
  return [...[...inlineOf(entity).keys()].map((name) => `policy ${name}`), ...attached, ...groups];
}
