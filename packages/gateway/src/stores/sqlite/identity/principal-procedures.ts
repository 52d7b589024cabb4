import type { Done, NewPrincipal, PrincipalChange, StoreRefusal } from "../../../ports/identity-store.ts";
import type { Writer } from "../connection.ts";
import { moveRevision } from "../revision.ts";
import { accessKeysOf, fold, principalById, principalByName } from "./principal-rows.ts";
import { groupsOf } from "./group-rows.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";

export const done: Done = { kind: "done" };
export const missing: StoreRefusal = { kind: "missing" };

type Result = Done | StoreRefusal;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const mostKeys = 2;
const mostTags = 50;

function octets(value: string): Buffer {
  return Buffer.from(value, "utf8");
}

function tagsDocument(tags: ReadonlyMap<string, string>): Buffer {
  return octets(JSON.stringify(Object.fromEntries(tags)));
}

export function createPrincipal(
  writer: Writer,
  { accountId, id, name, path, createdAt, boundary, tags, role }: NewPrincipal,
): Result {
  const kind = role === undefined ? "user" : "role";
  if (principalByName(writer, accountId, kind, name) !== undefined) return { kind: "exists" };
  if (boundary !== undefined && usableDocument(writer, accountId, boundary) === undefined) return missing;
  writer.run(
    "INSERT INTO principals (id, account_id, kind, name, folded, path, created_at, boundary, tags, description, trust, max_session) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [
      id,
      accountId,
      kind,
      name,
      fold(name),
      path,
      createdAt,
      boundary ?? null,
      tagsDocument(tags),
      role?.description === undefined ? null : octets(role.description),
      role === undefined ? null : octets(role.trust),
      role?.maxSessionSeconds ?? null,
    ],
  );
  moveRevision(writer);
  return done;
}

/** Undefined: they stay. */
function changedTags(
  now: ReadonlyMap<string, string>,
  { tagsAdded, tagsRemoved }: PrincipalChange,
): ReadonlyMap<string, string> | undefined {
  if (tagsAdded === undefined && tagsRemoved === undefined) return undefined;
  // "Tag key–value pairs are not case sensitive, but case is preserved": the new one brings its own case.
  const gone = new Set([...(tagsRemoved ?? []), ...(tagsAdded?.keys() ?? [])].map(fold));
  return new Map([...[...now].filter(([key]) => !gone.has(fold(key))), ...(tagsAdded ?? [])]);
}

export function changePrincipal(
  writer: Writer,
  { id, change }: { readonly id: string; readonly change: PrincipalChange },
): Result {
  const principal = principalById(writer, id);
  if (principal === undefined) return missing;
  const { boundary, trust, description, maxSessionSeconds, name = principal.name, path = principal.path } = change;
  const other = principalByName(writer, principal.accountId, principal.kind, name);
  if (other !== undefined && other.id !== id) return { kind: "exists" };
  if (typeof boundary === "string" && usableDocument(writer, principal.accountId, boundary) === undefined)
    return missing;
  const tags = changedTags(principal.tags, change);
  if (tags !== undefined && tags.size > mostTags)
    return { kind: "limit", what: principal.kind === "role" ? "TagsPerRole" : "TagsPerUser", quota: mostTags };
  if (name !== principal.name || path !== principal.path)
    writer.run("UPDATE principals SET name = ?, folded = ?, path = ? WHERE id = ?", [name, fold(name), path, id]);
  if (boundary !== undefined) writer.run("UPDATE principals SET boundary = ? WHERE id = ?", [boundary, id]);
  if (tags !== undefined) writer.run("UPDATE principals SET tags = ? WHERE id = ?", [tagsDocument(tags), id]);
  if (trust !== undefined) writer.run("UPDATE principals SET trust = ? WHERE id = ?", [octets(trust), id]);
  if (description !== undefined)
    writer.run("UPDATE principals SET description = ? WHERE id = ?", [octets(description), id]);
  if (maxSessionSeconds !== undefined)
    writer.run("UPDATE principals SET max_session = ? WHERE id = ?", [maxSessionSeconds, id]);
  moveRevision(writer);
  return done;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html: everything attached must be gone before. */
export function deletePrincipal(writer: Writer, { id }: { readonly id: string }): Result {
  const principal = principalById(writer, id);
  if (principal === undefined) return missing;
  if (accessKeysOf(writer, principal.accountId, id).length > 0)
    return { kind: "conflict", reason: "must delete access keys first" };
  if (inlinePolicies(writer, id).length > 0) return { kind: "conflict", reason: "must delete policies first" };
  if (attachedPolicies(writer, id).length > 0) return { kind: "conflict", reason: "must detach all policies first" };
  if (groupsOf(writer, id).length > 0) return { kind: "conflict", reason: "must remove users from group first" };
  if (loginProfileOf(writer, id) !== undefined) return { kind: "conflict", reason: "must delete login profile first" };
  writer.run("DELETE FROM principals WHERE id = ?", [id]);
  moveRevision(writer);
  return done;
}

export interface NewKey {
  readonly accountId: string;
  readonly ownerId: string | undefined;
  readonly accessKeyId: string;
  readonly sealedSecret: Uint8Array;
  readonly createdAt: number;
}

export function createAccessKey(
  writer: Writer,
  { accountId, ownerId, accessKeyId, sealedSecret, createdAt }: NewKey,
): Result {
  if (ownerId !== undefined) {
    const owner = principalById(writer, ownerId);
    // A key of one account that makes its bearer another account's user would be neither's.
    if (owner?.kind !== "user" || owner.accountId !== accountId) return missing;
  }
  if (accessKeysOf(writer, accountId, ownerId).length >= mostKeys)
    return { kind: "limit", what: "AccessKeysPerUser", quota: mostKeys };
  writer.run(
    "INSERT INTO access_keys (id, account_id, owner_id, secret, status, created_at) VALUES (?, ?, ?, ?, 'Active', ?)",
    [accessKeyId, accountId, ownerId ?? null, sealedSecret, createdAt],
  );
  moveRevision(writer);
  return done;
}

export interface NamedKey {
  readonly accountId: string;
  readonly ownerId: string | undefined;
  readonly accessKeyId: string;
}

export function setAccessKeyStatus(
  writer: Writer,
  { accountId, ownerId, accessKeyId, status }: NamedKey & { readonly status: string },
): Result {
  const sql = "UPDATE access_keys SET status = ? WHERE id = ? AND account_id = ? AND owner_id IS ?";
  if (writer.run(sql, [status, accessKeyId, accountId, ownerId ?? null]) === 0) return missing;
  moveRevision(writer);
  return done;
}

export function deleteAccessKey(writer: Writer, { accountId, ownerId, accessKeyId }: NamedKey): Result {
  const sql = "DELETE FROM access_keys WHERE id = ? AND account_id = ? AND owner_id IS ?";
  if (writer.run(sql, [accessKeyId, accountId, ownerId ?? null]) === 0) return missing;
  moveRevision(writer);
  return done;
}
