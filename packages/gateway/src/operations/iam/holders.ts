import type { PrincipalKind, PrincipalRecord, RoleRecord, UserRecord } from "../../ports/identity-store.ts";
import { isRefusal, type OperationContext, type Refusal, refuse, type ResolvedResource } from "../operation.ts";
import { resourceTagKeys } from "../query/tag-keys.ts";
import type { IamTarget } from "./define-iam.ts";
import { notFound } from "./store-refusals.ts";

/** The caller's account: IAM operations act in no other. */
export function accountOf({ principal }: OperationContext): string {
  if (!("accountId" in principal)) throw new Error("an IAM operation without an account");
  return principal.accountId;
}

/** What a user or role of this name is called in policies; one that does not exist has no path. */
export function describe(kind: PrincipalKind, name: string): string {
  return `The ${kind} with name ${name}`;
}

function find(
  { ports }: OperationContext,
  kind: PrincipalKind,
  accountId: string,
  name: string,
): Promise<PrincipalRecord | undefined> {
  return kind === "user" ? ports.identity.findUser(accountId, name) : ports.identity.findRole(accountId, name);
}

function namedResource(kind: PrincipalKind, accountId: string, name: string): ResolvedResource {
  return { arn: `arn:aws:iam::${accountId}:${kind}/${name}`, accountId };
}

/** A user or role as authorization sees it, with the keys of its boundary and tags. */
export async function holderTarget(context: OperationContext, kind: PrincipalKind, name: string): Promise<IamTarget> {
  const accountId = accountOf(context);
  const record = await find(context, kind, accountId, name);
  if (record === undefined) return { resource: namedResource(kind, accountId, name) };
  return {
    resource: { arn: record.arn, accountId },
    context: {
      ...resourceTagKeys(record.tags),
      ...(record.boundary === undefined ? {} : { "iam:PermissionsBoundary": record.boundary }),
    },
  };
}

/** A user or role that is about to be made. */
export function newHolderTarget(
  context: OperationContext,
  kind: PrincipalKind,
  path: string,
  name: string,
): ResolvedResource {
  const accountId = accountOf(context);
  return { arn: `arn:aws:iam::${accountId}:${kind}${path}${name}`, accountId };
}

export async function requireUser(context: OperationContext, name: string): Promise<UserRecord | Refusal> {
  const record = await find(context, "user", accountOf(context), name);
  return record?.kind === "user" ? record : notFound(describe("user", name));
}

export async function requireRole(context: OperationContext, name: string): Promise<RoleRecord | Refusal> {
  const record = await find(context, "role", accountOf(context), name);
  return record?.kind === "role" ? record : notFound(describe("role", name));
}

export function requireHolder(
  context: OperationContext,
  kind: PrincipalKind,
  name: string,
): Promise<PrincipalRecord | Refusal> {
  return kind === "user" ? requireUser(context, name) : requireRole(context, name);
}

/** `UserName` where it may be left out: the user who calls. Undefined: the account's root. */
export function userNameOrOwn(context: OperationContext, given: string | undefined): string | undefined | Refusal {
  if (given !== undefined) return given;
  const { principal } = context;
  if (principal.kind === "root") return undefined;
  if (principal.kind === "user" || principal.kind === "user-session") return principal.userName;
  return refuse("ValidationError", "Must specify userName when calling with non-User credentials");
}

/** As `holderTarget` for a user; for the account's own the root. */
export async function ownTarget(context: OperationContext, given: string | undefined): Promise<IamTarget | Refusal> {
  const name = userNameOrOwn(context, given);
  if (isRefusal(name)) return name;
  if (name !== undefined) return holderTarget(context, "user", name);
  const accountId = accountOf(context);
  return { resource: { arn: `arn:aws:iam::${accountId}:root`, accountId } };
}
