import type {
  GroupRecord,
  IdentityKind,
  PrincipalRecord,
  RoleRecord,
  UserRecord,
} from "../../ports/identity-records.ts";
import {
  isRefusal,
  type OperationContext,
  type Refusal,
  refuse,
  type ResolvedIdentity,
  type ResolvedResource,
} from "../operation.ts";
import { resourceTagKeys } from "../query/tag-keys.ts";
import type { IamTarget } from "./define-iam.ts";
import { notFound } from "./store-refusals.ts";

/** The caller's account: IAM operations act in no other. */
export function accountOf({ principal }: OperationContext): string {
  if (!("accountId" in principal)) throw new Error("an IAM operation without an account");
  return principal.accountId;
}

/** How messages name a user, role or group of this name. */
export function describe(kind: IdentityKind, name: string): string {
  return `The ${kind} with name ${name}`;
}

/** A target whose record has been looked up. */
interface FoundTarget extends IamTarget {
  readonly identity: ResolvedIdentity;
}

function find(
  { ports }: OperationContext,
  kind: IdentityKind,
  accountId: string,
  name: string,
): Promise<PrincipalRecord | GroupRecord | undefined> {
  const { identity } = ports;
  if (kind === "group") return identity.findGroup(accountId, name);
  return kind === "user" ? identity.findUser(accountId, name) : identity.findRole(accountId, name);
}

/**
 * A user, role or group as authorization sees it, with the keys of its tags; a group has none. A refusal says `user NAME`, as
 * IAM does, and leaves the path out: only an identity that exists has a path, so the path would disclose that it exists.
 */
export async function identityTarget(
  context: OperationContext,
  kind: IdentityKind,
  name: string,
): Promise<FoundTarget> {
  const accountId = accountOf(context);
  const record = await find(context, kind, accountId, name);
  const arn = record?.arn ?? `arn:aws:iam::${accountId}:${kind}/${name}`;
  return {
    resource: { arn, accountId, resourceAsSent: `${kind} ${name}` },
    context: record === undefined || record.kind === "group" ? {} : resourceTagKeys(record.kind, record.tags),
    identity: { kind, name, record },
  };
}

/** As `identityTarget`, with the key of its boundary, for the operations that the reference has it for. */
export async function boundedTarget(context: OperationContext, kind: IdentityKind, name: string): Promise<IamTarget> {
  const target = await identityTarget(context, kind, name);
  const { record } = target.identity;
  if (record === undefined || record.kind === "group" || record.boundary === undefined) return target;
  return { ...target, context: { ...target.context, "iam:PermissionsBoundary": record.boundary } };
}

/** As `identityTarget`, with what it is to be called when either part of its name is given. */
export async function renamedTarget(
  context: OperationContext,
  kind: "user" | "group",
  name: string,
  { newName, newPath }: { readonly newName: string | undefined; readonly newPath: string | undefined },
): Promise<IamTarget> {
  const target = await identityTarget(context, kind, name);
  if (newName === undefined && newPath === undefined) return { ...target, renamed: "not-asked" };
  const { record } = target.identity;
  const renamed = newIdentityTarget(context, kind, newPath ?? record?.path ?? "/", newName ?? record?.name ?? name);
  return { ...target, renamed: { ...renamed, resourceAsSent: `${kind} ${newName ?? name}` } };
}

/** A user, role or group that is about to be made. */
export function newIdentityTarget(
  context: OperationContext,
  kind: IdentityKind,
  path: string,
  name: string,
): ResolvedResource {
  const accountId = accountOf(context);
  return { arn: `arn:aws:iam::${accountId}:${kind}${path}${name}`, accountId };
}

/**
 * The record that the demands were asked on, when it has this name; another one is read now.
 * INVARIANT: an identity that did not exist when the demands were asked does not exist for `run`, although one of its name may have been
 * made since.
 */
async function findForRun(
  context: OperationContext,
  kind: IdentityKind,
  name: string,
): Promise<PrincipalRecord | GroupRecord | undefined> {
  const { identity } = context;
  if (identity?.kind === kind && identity.name === name) return identity.record;
  return find(context, kind, accountOf(context), name);
}

export async function requireUser(context: OperationContext, name: string): Promise<UserRecord | Refusal> {
  const record = await findForRun(context, "user", name);
  return record?.kind === "user" ? record : notFound(describe("user", name));
}

export async function requireRole(context: OperationContext, name: string): Promise<RoleRecord | Refusal> {
  const record = await findForRun(context, "role", name);
  return record?.kind === "role" ? record : notFound(describe("role", name));
}

export async function requireGroup(context: OperationContext, name: string): Promise<GroupRecord | Refusal> {
  const record = await findForRun(context, "group", name);
  return record?.kind === "group" ? record : notFound(describe("group", name));
}

export function requireIdentity(
  context: OperationContext,
  kind: IdentityKind,
  name: string,
): Promise<PrincipalRecord | GroupRecord | Refusal> {
  if (kind === "group") return requireGroup(context, name);
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

/** As `identityTarget` for a user; for the account's own the root. */
export async function ownTarget(context: OperationContext, given: string | undefined): Promise<IamTarget | Refusal> {
  const name = userNameOrOwn(context, given);
  if (isRefusal(name)) return name;
  if (name !== undefined) return identityTarget(context, "user", name);
  const accountId = accountOf(context);
  return { resource: { arn: `arn:aws:iam::${accountId}:root`, accountId } };
}
