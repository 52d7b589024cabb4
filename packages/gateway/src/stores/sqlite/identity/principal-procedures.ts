import type {
  Done,
  NewPrincipal,
  PrincipalChange,
  StoreRefusal,
  IdentityReference,
} from "../../../ports/identity-store.ts";
import { nameKey } from "../../../domain/identity/names.ts";
import {
  changedPrincipal,
  done,
  mayCreateAccessKey,
  mayCreatePrincipal,
  mayDeletePrincipal,
  missing,
  nameAfter,
} from "../../../domain/identity/principal-rules.ts";
import type { Writer } from "../connection.ts";
import { endConsoleSessions } from "./console-session-procedures.ts";
import { type SqlValue, tagsDocument } from "../../sql/sql-value.ts";
import { accessKeysOf, countPrincipals, principalByName, principalOf } from "./principal-rows.ts";
import { groupsOf } from "./group-rows.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { forgetUse } from "./last-used-procedures.ts";
import { mfaDevicesOf } from "./mfa-device-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";

type Result = Done | StoreRefusal;

function optionalBytes(value: string | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value, "utf8");
}

function isUsable(writer: Writer, accountId: string, policyArn: string): boolean {
  return usableDocument(writer, accountId, policyArn) !== undefined;
}

export function createPrincipal(
  writer: Writer,
  { quota, ...principal }: NewPrincipal & { readonly quota: number },
): Result {
  const { accountId, id, name, path, createdAt, boundary, tags, role } = principal;
  const kind = role === undefined ? "user" : "role";
  const outcome = mayCreatePrincipal(
    { boundary, role },
    {
      count: countPrincipals(writer, accountId, kind, quota),
      quota,
      nameTaken: principalByName(writer, accountId, kind, name) !== undefined,
      boundaryFound: boundary !== undefined && isUsable(writer, accountId, boundary),
    },
  );
  if (outcome.kind !== "done") return outcome;
  writer.run(
    "INSERT INTO principals (id, account_id, kind, name, folded, path, created_at, boundary, tags, description, trust, max_session) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [
      id,
      accountId,
      kind,
      name,
      nameKey(name),
      path,
      createdAt,
      boundary ?? null,
      tagsDocument(tags),
      optionalBytes(role?.description),
      optionalBytes(role?.trust),
      role?.maxSessionSeconds ?? null,
    ],
  );
  return done;
}

export function changePrincipal(
  writer: Writer,
  { principal: reference, change }: { readonly principal: IdentityReference; readonly change: PrincipalChange },
): Result {
  const principal = principalOf(writer, reference);
  if (principal === undefined) return missing;
  const { accountId, id, kind } = principal;
  const changed = changedPrincipal(principal, change, {
    nameOwner: principalByName(writer, accountId, kind, nameAfter(principal, change))?.id,
    boundaryFound: typeof change.boundary === "string" && isUsable(writer, accountId, change.boundary),
  });
  if (changed.kind !== "changed") return changed;
  const set = (column: string, value: SqlValue): unknown =>
    writer.run(`UPDATE principals SET ${column} = ? WHERE id = ?`, [value, id]);
  const { name, path, tags } = changed;
  const { boundary, trust, description, maxSessionSeconds } = change;
  if (name !== principal.name || path !== principal.path)
    writer.run("UPDATE principals SET name = ?, folded = ?, path = ? WHERE id = ?", [name, nameKey(name), path, id]);
  if (boundary !== undefined) set("boundary", boundary);
  if (tags !== undefined) set("tags", tagsDocument(tags));
  if (trust !== undefined) set("trust", optionalBytes(trust));
  if (description !== undefined) set("description", optionalBytes(description));
  if (maxSessionSeconds !== undefined) set("max_session", maxSessionSeconds);
  return done;
}

export function deletePrincipal(writer: Writer, principal: IdentityReference): Result {
  if (principalOf(writer, principal) === undefined) return missing;
  const { accountId, id } = principal;
  const outcome = mayDeletePrincipal({
    accessKeys: accessKeysOf(writer, accountId, id).length,
    inlinePolicies: inlinePolicies(writer, id).length,
    attachedPolicies: attachedPolicies(writer, id).length,
    groups: groupsOf(writer, id).length,
    loginProfiles: loginProfileOf(writer, principal) === undefined ? 0 : 1,
    mfaDevices: mfaDevicesOf(writer, { accountId, ownerId: id }).length,
  });
  if (outcome.kind !== "done") return outcome;
  endConsoleSessions(writer, id);
  forgetUse(writer, id);
  writer.run("DELETE FROM principals WHERE id = ?", [id]);
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
  const owner = ownerId === undefined ? "root" : principalOf(writer, { accountId, id: ownerId });
  const outcome = mayCreateAccessKey(accountId, owner, accessKeysOf(writer, accountId, ownerId).length);
  if (outcome.kind !== "done") return outcome;
  writer.run(
    "INSERT INTO access_keys (id, account_id, owner_id, secret, status, created_at) VALUES (?, ?, ?, ?, 'Active', ?)",
    [accessKeyId, accountId, ownerId ?? null, sealedSecret, createdAt],
  );
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
  return done;
}

export function deleteAccessKey(writer: Writer, { accountId, ownerId, accessKeyId }: NamedKey): Result {
  const sql = "DELETE FROM access_keys WHERE id = ? AND account_id = ? AND owner_id IS ?";
  if (writer.run(sql, [accessKeyId, accountId, ownerId ?? null]) === 0) return missing;
  forgetUse(writer, accessKeyId);
  return done;
}
