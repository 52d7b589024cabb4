import type {
  AccessKeyInfo,
  AccountRecord,
  IdentityReference,
  PrincipalKind,
  PrincipalRecord,
} from "../../../ports/identity-records.ts";
import { nameKey, principalArn } from "../../../domain/identity/names.ts";
import type { Reader, Row } from "../database.ts";
import { blob, integer, oneOf, optional, policyText, tagsOf, text, utf8 } from "../sql-value.ts";

const columns = "id, account_id, kind, name, path, created_at, boundary, tags, description, trust, max_session";

function recordOf([
  id,
  account,
  kind,
  name,
  path,
  created,
  boundary,
  tags,
  description,
  trust,
  maxSession,
]: Row): PrincipalRecord {
  const fields = {
    id: text(id),
    accountId: text(account),
    name: text(name),
    path: text(path),
    createdAt: integer(created),
    boundary: optional(text, boundary),
    tags: tagsOf(tags, "the tags of a principal"),
  };
  const which = oneOf(["user", "role"], kind);
  const arn = principalArn(fields.accountId, which, fields.path, fields.name);
  if (which === "user") return { kind: which, ...fields, arn };
  return {
    kind: which,
    ...fields,
    arn,
    description: optional(utf8, description),
    trust: policyText(trust),
    maxSessionSeconds: integer(maxSession),
  };
}

export function principalOf(
  reader: Reader,
  { accountId, id }: IdentityReference,
): Promise<PrincipalRecord | undefined> {
  return reader.get(`SELECT ${columns} FROM principals WHERE id = ? AND account_id = ?`, [id, accountId], recordOf);
}

/** Of whatever account: for the unique ids that the gateway itself wrote, in policies and session tokens, which say no account. */
export function principalById(reader: Reader, id: string): Promise<PrincipalRecord | undefined> {
  return reader.get(`SELECT ${columns} FROM principals WHERE id = ?`, [id], recordOf);
}

export function principalByName(
  reader: Reader,
  accountId: string,
  kind: PrincipalKind,
  name: string,
): Promise<PrincipalRecord | undefined> {
  return reader.get(
    `SELECT ${columns} FROM principals WHERE account_id = ? AND kind = ? AND folded = ?`,
    [accountId, kind, nameKey(name)],
    recordOf,
  );
}

/** By name in lower case, from after `after`. */
export function principalsOf(
  reader: Reader,
  accountId: string,
  kind: PrincipalKind,
  after: string,
  limit: number,
): Promise<readonly PrincipalRecord[]> {
  const sql = `SELECT ${columns} FROM principals WHERE account_id = ? AND kind = ? AND folded > ? ORDER BY folded LIMIT ?`;
  return reader.all(sql, [accountId, kind, nameKey(after), limit], recordOf);
}

export function accountIds(reader: Reader): Promise<readonly string[]> {
  return reader.all("SELECT id FROM accounts ORDER BY created_at, id", [], ([id]) => text(id));
}

export function aliasOf(reader: Reader, accountId: string): Promise<string | undefined> {
  const sql = "SELECT alias FROM accounts WHERE id = ? AND alias IS NOT NULL";
  return reader.get(sql, [accountId], ([alias]) => text(alias));
}

export function accountOfAlias(reader: Reader, alias: string): Promise<string | undefined> {
  return reader.get("SELECT id FROM accounts WHERE alias = ?", [alias], ([id]) => text(id));
}

export function accountOfCanonicalId(reader: Reader, canonicalId: string): Promise<string | undefined> {
  return reader.get("SELECT id FROM accounts WHERE canonical_id = ?", [canonicalId], ([id]) => text(id));
}

export function accountById(reader: Reader, id: string): Promise<AccountRecord | undefined> {
  return reader.get(
    "SELECT id, canonical_id, alias FROM accounts WHERE id = ?",
    [id],
    ([account, canonical, alias]) => ({
      id: text(account),
      canonicalId: text(canonical),
      alias: alias === null ? undefined : text(alias),
    }),
  );
}

/** An access key as authentication needs it. */
export interface KeyRow {
  readonly accountId: string;
  /** Undefined: the account's root. */
  readonly ownerId: string | undefined;
  readonly sealedSecret: Buffer;
  readonly active: boolean;
}

export function accessKeyById(reader: Reader, id: string): Promise<KeyRow | undefined> {
  return reader.get(
    "SELECT account_id, owner_id, secret, status FROM access_keys WHERE id = ?",
    [id],
    ([account, owner, secret, status]) => ({
      accountId: text(account),
      ownerId: optional(text, owner),
      sealedSecret: blob(secret),
      active: oneOf(["Active", "Inactive"], status) === "Active",
    }),
  );
}

/** What belongs to a user, or to the root of the account. A comparison that NULL passes uses no index of PostgreSQL. */
export function ofOwner(ownerId: string | undefined): string {
  return ownerId === undefined ? "owner_id IS NULL" : "owner_id = ?";
}

/** The parameters of `ofOwner`. */
export function ownerValues(ownerId: string | undefined): readonly string[] {
  return ownerId === undefined ? [] : [ownerId];
}

export function accessKeysOf(
  reader: Reader,
  accountId: string,
  ownerId: string | undefined,
): Promise<readonly AccessKeyInfo[]> {
  const sql = `SELECT id, status, created_at FROM access_keys WHERE account_id = ? AND ${ofOwner(ownerId)} ORDER BY created_at, id`;
  return reader.all(sql, [accountId, ...ownerValues(ownerId)], ([id, status, created]) => ({
    accessKeyId: text(id),
    status: oneOf(["Active", "Inactive"], status),
    createdAt: integer(created),
  }));
}

/** Counts to the quota and no further. */
export async function countPrincipals(
  reader: Reader,
  accountId: string,
  kind: "user" | "role",
  quota: number,
): Promise<number> {
  const sql = "SELECT count(*) FROM (SELECT 1 FROM principals WHERE account_id = ? AND kind = ? LIMIT ?) AS found";
  return (await reader.get(sql, [accountId, kind, quota], ([count]) => integer(count))) ?? 0;
}
