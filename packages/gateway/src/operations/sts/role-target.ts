/** What the operations that assume a role have in common. */
import { parseArn, type Principal } from "@s3-credentials/policy";
import type { RoleRecord } from "../../ports/identity-records.ts";
import type { Ports } from "../../ports/ports.ts";
import { type Refusal, refuse, type ResolvedResource } from "../operation.ts";
import { integer, optional, text } from "../query/fields.ts";
import { resourceTagKeys } from "../query/tag-keys.ts";

export const roleFields = {
  RoleArn: text({ pattern: /^arn:[\u0021-\u007e]+$/, shown: "arn:[\\u0021-\\u007E]+", min: 20, max: 2048 }),
  RoleSessionName: text({ pattern: /^[\w+=,.@-]+$/, shown: "[\\w+=,.@-]*", min: 2, max: 64 }),
  DurationSeconds: optional(integer(900, 43_200)),
} as const;

export const sourceIdentity = text({ pattern: /^[\w+=,.@-]+$/, shown: "[\\w+=,.@-]*", min: 2, max: 64 });

interface RoleTarget {
  readonly resource: ResolvedResource;
  /** Condition keys of the role's tags. */
  readonly keys: readonly (readonly [string, string])[];
}

/** A role that does not exist is asked as one that trusts nobody, so that nobody learns which it is. */
export async function roleTarget(text: string, { identity }: Pick<Ports, "identity">): Promise<RoleTarget | Refusal> {
  const accountId = accountOfRole(text);
  if (typeof accountId !== "string") return accountId;
  const role = await identity.findRoleByArn(text);
  return {
    resource: { arn: text, accountId, trust: { document: role?.trust } },
    keys: Object.entries(resourceTagKeys("role", role?.tags ?? new Map())),
  };
}

export function accountOfRole(text: string): string | Refusal {
  const arn = parseArn(text);
  return arn?.service === "iam" && arn.resource.startsWith("role/")
    ? arn.account
    : refuse("ValidationError", `${text} is invalid`);
}

export function refuseDuration(seconds: number, { maxSessionSeconds }: RoleRecord): Refusal | undefined {
  if (seconds <= maxSessionSeconds) return undefined;
  return refuse("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
}

export function sessionOfRole(
  { accountId, id: roleId, name: roleName, arn: roleArn }: RoleRecord,
  sessionName: string,
): Extract<Principal, { kind: "role-session" }> {
  const partition = parseArn(roleArn)?.partition ?? "aws";
  const arn = `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
  return { kind: "role-session", accountId, arn, roleArn, roleId, roleName, sessionName };
}
