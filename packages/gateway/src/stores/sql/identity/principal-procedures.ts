import type { IdentityReference } from "../../../ports/identity-records.ts";
import type { Done, NewPrincipal, PrincipalChange, StoreRefusal } from "../../../ports/identity-store.ts";
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
import type { Writer } from "../database.ts";
import { endConsoleSessions } from "./console-session-procedures.ts";
import { type SqlValue, tagsDocument } from "../sql-value.ts";
import { accessKeysOf, countPrincipals, ofOwner, ownerValues, principalByName, principalOf } from "./principal-rows.ts";
import { groupsOf } from "./group-rows.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { forgetUse } from "./last-used-procedures.ts";
import { mfaDevicesOf } from "./mfa-device-rows.ts";
import { attachedPolicies, inlinePolicies, usableDocument } from "./policy-rows.ts";

type Result = Done | StoreRefusal;

function optionalBytes(value: string | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value, "utf8");
}

async function isUsable(writer: Writer, accountId: string, policyArn: string): Promise<boolean> {
  return (await usableDocument(writer, accountId, policyArn)) !== undefined;
}

export async function createPrincipal(
  writer: Writer,
  { quota, ...principal }: NewPrincipal & { readonly quota: number },
): Promise<Result> {
  const { accountId, id, name, path, createdAt, boundary, tags, role } = principal;
  const kind = role === undefined ? "user" : "role";
  const outcome = mayCreatePrincipal(
    { boundary, role },
    {
      count: await countPrincipals(writer, accountId, kind, quota),
      quota,
      nameTaken: (await principalByName(writer, accountId, kind, name)) !== undefined,
      boundaryFound: boundary !== undefined && (await isUsable(writer, accountId, boundary)),
    },
  );
  if (outcome.kind !== "done") return outcome;
  await writer.run(
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

export async function changePrincipal(
  writer: Writer,
  { principal: reference, change }: { readonly principal: IdentityReference; readonly change: PrincipalChange },
): Promise<Result> {
  const principal = await principalOf(writer, reference);
  if (principal === undefined) return missing;
  const { accountId, id, kind } = principal;
  const changed = changedPrincipal(principal, change, {
    nameOwner: (await principalByName(writer, accountId, kind, nameAfter(principal, change)))?.id,
    boundaryFound: typeof change.boundary === "string" && (await isUsable(writer, accountId, change.boundary)),
  });
  if (changed.kind !== "changed") return changed;
  const set = (column: string, value: SqlValue): Promise<unknown> =>
    writer.run(`UPDATE principals SET ${column} = ? WHERE id = ?`, [value, id]);
  const { name, path, tags } = changed;
  const { boundary, trust, description, maxSessionSeconds } = change;
  if (name !== principal.name || path !== principal.path)
    await writer.run("UPDATE principals SET name = ?, folded = ?, path = ? WHERE id = ?", [
      name,
      nameKey(name),
      path,
      id,
    ]);
  if (boundary !== undefined) await set("boundary", boundary);
  if (tags !== undefined) await set("tags", tagsDocument(tags));
  if (trust !== undefined) await set("trust", optionalBytes(trust));
  if (description !== undefined) await set("description", optionalBytes(description));
  if (maxSessionSeconds !== undefined) await set("max_session", maxSessionSeconds);
  return done;
}

export async function deletePrincipal(writer: Writer, principal: IdentityReference): Promise<Result> {
  if ((await principalOf(writer, principal)) === undefined) return missing;
  const { accountId, id } = principal;
  const outcome = mayDeletePrincipal({
    accessKeys: (await accessKeysOf(writer, accountId, id)).length,
    inlinePolicies: (await inlinePolicies(writer, id)).length,
    attachedPolicies: (await attachedPolicies(writer, id)).length,
    groups: (await groupsOf(writer, id)).length,
    loginProfiles: (await loginProfileOf(writer, principal)) === undefined ? 0 : 1,
    mfaDevices: (await mfaDevicesOf(writer, { accountId, ownerId: id })).length,
  });
  if (outcome.kind !== "done") return outcome;
  await endConsoleSessions(writer, id);
  await forgetUse(writer, id);
  await writer.run("DELETE FROM principals WHERE id = ?", [id]);
  return done;
}

export interface NewKey {
  readonly accountId: string;
  readonly ownerId: string | undefined;
  readonly accessKeyId: string;
  readonly sealedSecret: Uint8Array;
  readonly createdAt: number;
}

export async function createAccessKey(
  writer: Writer,
  { accountId, ownerId, accessKeyId, sealedSecret, createdAt }: NewKey,
): Promise<Result> {
  const owner = ownerId === undefined ? "root" : await principalOf(writer, { accountId, id: ownerId });
  const outcome = mayCreateAccessKey(accountId, owner, (await accessKeysOf(writer, accountId, ownerId)).length);
  if (outcome.kind !== "done") return outcome;
  await writer.run(
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

export async function setAccessKeyStatus(
  writer: Writer,
  { accountId, ownerId, accessKeyId, status }: NamedKey & { readonly status: string },
): Promise<Result> {
  const sql = `UPDATE access_keys SET status = ? WHERE id = ? AND account_id = ? AND ${ofOwner(ownerId)}`;
  if ((await writer.run(sql, [status, accessKeyId, accountId, ...ownerValues(ownerId)])) === 0) return missing;
  return done;
}

export async function deleteAccessKey(writer: Writer, { accountId, ownerId, accessKeyId }: NamedKey): Promise<Result> {
  const sql = `DELETE FROM access_keys WHERE id = ? AND account_id = ? AND ${ofOwner(ownerId)}`;
  if ((await writer.run(sql, [accessKeyId, accountId, ...ownerValues(ownerId)])) === 0) return missing;
  await forgetUse(writer, accessKeyId);
  return done;
}
