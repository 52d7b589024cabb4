/** What a run must not take away: the caller itself, and its way back. */
import { decide, isAllowed, parseArn, type Principal } from "@s3-credentials/policy";
import { type Configuration, type Entity, entityWords, ofKind } from "./configuration.ts";
import { arnOf } from "./references.ts";
import { type ForeignPolicies, layersOf } from "./verdicts.ts";

/** The user or role that calls; undefined for the root of the account, who keeps every right there. */
function callingEntity(configuration: Configuration, caller: string): Entity | undefined {
  const { resource = "" } = parseArn(caller) ?? {};
  const [kind, ...path] = resource.split("/");
  if (kind === "user") return ofKind(configuration, "users").find((user) => arnOf(configuration, user) === caller);
  // The ARN of a session has the role's name without its path.
  return kind === "assumed-role" ? ofKind(configuration, "roles").find(({ name }) => name === path[0]) : undefined;
}

/**
 * Why the run would leave the caller without its way back; undefined when it keeps it. The way back is the right to change its own
 * policies: who has it before must have it afterwards.
 */
export function lostWayBack(
  before: Configuration,
  after: Configuration,
  foreign: ForeignPolicies,
  caller: string,
): string | undefined {
  const entity = callingEntity(before, caller);
  if (entity === undefined) return undefined;
  const still = callingEntity(after, caller);
  const words = entityWords(entity);
  if (still === undefined) return `${words} is the caller itself: it is not deleted by its own run`;
  if (mayChangeItself(before, entity, foreign) && !mayChangeItself(after, still, foreign))
    return `afterwards ${words}, the caller itself, could not change its policies any more, and so not take this back; run it as somebody else`;
  return undefined;
}

function mayChangeItself(configuration: Configuration, entity: Entity, foreign: ForeignPolicies): boolean {
  const { layers } = layersOf(configuration, entity, foreign);
  const resource = arnOf(configuration, entity);
  const action = entity.kind === "users" ? "iam:PutUserPolicy" : "iam:PutRolePolicy";
  const principal = principalOf(configuration, entity);
  const context = (): undefined => undefined;
  return isAllowed(decide(layers, { principal, action, resource, resourceAccount: configuration.account, context }));
}

/** A user, or some session of a role, as policies see it. */
export function principalOf(configuration: Configuration, entity: Entity): Extract<Principal, { accountId: string }> {
  const accountId = configuration.account;
  const arn = arnOf(configuration, entity);
  if (entity.kind === "users") return { kind: "user", accountId, arn, userId: "AIDA", userName: entity.name };
  return {
    kind: "role-session",
    accountId,
    arn: arn.replace(":iam:", ":sts:").replace(/:role\/.*/, `:assumed-role/${entity.name}/session`),
    roleArn: arn,
    roleId: "AROA",
    roleName: entity.name,
    sessionName: "session",
  };
}
