/** Rows of the identity store on PostgreSQL: the schema, and how rows become records. */
import type pg from "pg";
import { awsManagedPolicies } from "../../src/domain/identity/aws-managed-policies.ts";
import { groupArn, isGroupId, nameKey, principalArn } from "../../src/domain/identity/names.ts";
import type { PolicyPlace } from "../../src/domain/identity/pages.ts";
import type { InlinePolicy } from "../../src/domain/identity/policy-rules.ts";
import type {
  AccessKeyInfo,
  AccountRecord,
  GroupRecord,
  IdentityKind,
  IdentityReference,
  ManagedPolicyRecord,
  PolicyEntity,
  PolicyUsage,
  PolicyVersionRecord,
  PrincipalKind,
  PrincipalRecord,
  UserRecord,
} from "../../src/ports/identity-store.ts";
import type { LoginProfileRecord } from "../../src/ports/password-store.ts";
import { StoreError } from "../../src/ports/store-error.ts";

export const schema = `
  CREATE TABLE accounts (id text PRIMARY KEY, canonical_id text NOT NULL UNIQUE, alias text UNIQUE, created_at bigint NOT NULL DEFAULT 1);
  CREATE TABLE last_used (subject text PRIMARY KEY, used_at bigint NOT NULL, service text NOT NULL, region text NOT NULL);
  CREATE TABLE credential_reports (account_id text PRIMARY KEY, generated_at bigint NOT NULL, content text NOT NULL);
  CREATE TABLE principals (
    id text PRIMARY KEY, account_id text NOT NULL REFERENCES accounts, kind text NOT NULL, name text NOT NULL,
    name_key text NOT NULL, path text NOT NULL, created_at bigint NOT NULL, boundary text, tags bytea NOT NULL,
    description bytea, trust bytea, max_session integer, UNIQUE (account_id, kind, name_key));
  CREATE TABLE access_keys (
    id text PRIMARY KEY, account_id text NOT NULL REFERENCES accounts, owner_id text REFERENCES principals,
    secret bytea NOT NULL, status text NOT NULL, created_at bigint NOT NULL);
  CREATE TABLE groups (
    id text PRIMARY KEY, account_id text NOT NULL REFERENCES accounts, name text NOT NULL, name_key text NOT NULL,
    path text NOT NULL, created_at bigint NOT NULL, UNIQUE (account_id, name_key));
  CREATE TABLE group_members (
    user_id text REFERENCES principals, group_id text REFERENCES groups, PRIMARY KEY (user_id, group_id));
  CREATE TABLE login_profiles (
    user_id text PRIMARY KEY REFERENCES principals, password text NOT NULL, reset_required boolean NOT NULL,
    created_at bigint NOT NULL, changed_at bigint NOT NULL);
  CREATE TABLE former_passwords (
    user_id text NOT NULL REFERENCES principals, number serial PRIMARY KEY, password text NOT NULL);
  CREATE TABLE password_policies (account_id text PRIMARY KEY REFERENCES accounts, policy text NOT NULL);
  CREATE TABLE mfa_devices (
    serial_key text PRIMARY KEY, account_id text NOT NULL REFERENCES accounts, serial text NOT NULL, name text NOT NULL,
    path text NOT NULL, created_at bigint NOT NULL, tags bytea NOT NULL, seed bytea NOT NULL,
    owner_id text REFERENCES principals, enabled_at bigint, drift integer NOT NULL DEFAULT 0,
    last_step bigint NOT NULL DEFAULT 0);
  CREATE TABLE console_sessions (
    id_hash text PRIMARY KEY, account_id text NOT NULL, principal_id text NOT NULL, record bytea NOT NULL,
    seen_at bigint NOT NULL, expires_at bigint NOT NULL);
  CREATE TABLE inline_policies (
    identity_id text, name_key text, name text NOT NULL, document bytea NOT NULL, PRIMARY KEY (identity_id, name_key));
  CREATE TABLE attachments (
    identity_id text, policy_arn text, account_id text NOT NULL REFERENCES accounts, PRIMARY KEY (identity_id, policy_arn));
  CREATE TABLE policies (
    arn text PRIMARY KEY, id text NOT NULL UNIQUE, account_id text NOT NULL REFERENCES accounts, name text NOT NULL,
    name_key text NOT NULL, path text NOT NULL, description bytea, created_at bigint NOT NULL,
    updated_at bigint NOT NULL, default_version integer NOT NULL, last_version integer NOT NULL,
    tags bytea NOT NULL, UNIQUE (account_id, name_key));
  CREATE TABLE policy_versions (
    policy_arn text REFERENCES policies, number integer, document bytea NOT NULL, created_at bigint NOT NULL,
    PRIMARY KEY (policy_arn, number));
`;

/** A pool, or the one connection of a transaction. */
export interface Queries {
  all(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

export type Row = Readonly<Record<string, unknown>>;

/** PostgreSQL has no NUL in text, and a lone surrogate would be stored as another character. */
function checked(value: unknown): unknown {
  if (typeof value === "string" && /[\0\p{Cs}]/u.test(value))
    throw new StoreError("corrupt", "text with NUL or a lone surrogate");
  return value;
}

export function queriesOf(client: Pick<pg.Pool, "query">): Queries {
  return {
    async all(sql, values = []) {
      const sent = values.map(checked);
      try {
        return (await client.query(sql, sent)).rows as Row[];
      } catch (cause) {
        const isTaken = cause instanceof Error && "code" in cause && cause.code === "23505";
        throw new StoreError(isTaken ? "conflict" : "unavailable", String(cause), { cause });
      }
    },
  };
}

const text = (value: unknown): string => String(value);
const bytes = (value: unknown): string => (value as Buffer).toString("utf8");

function tagsOf(column: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries(JSON.parse(bytes(column)) as Record<string, string>));
}

function principalFrom(row: Row): PrincipalRecord {
  const fields = {
    id: text(row["id"]),
    accountId: text(row["account_id"]),
    name: text(row["name"]),
    path: text(row["path"]),
    createdAt: Number(row["created_at"]),
    boundary: row["boundary"] === null ? undefined : text(row["boundary"]),
    tags: tagsOf(row["tags"]),
  };
  const kind: PrincipalKind = row["kind"] === "role" ? "role" : "user";
  const arn = principalArn(fields.accountId, kind, fields.path, fields.name);
  if (kind === "user") return { kind, ...fields, arn };
  return {
    kind,
    ...fields,
    arn,
    description: row["description"] === null ? undefined : bytes(row["description"]),
    trust: bytes(row["trust"]),
    maxSessionSeconds: Number(row["max_session"]),
  };
}

function groupFrom(row: Row): GroupRecord {
  const fields = { id: text(row["id"]), accountId: text(row["account_id"]), name: text(row["name"]) };
  const path = text(row["path"]);
  const arn = groupArn(fields.accountId, path, fields.name);
  return { kind: "group", ...fields, path, arn, createdAt: Number(row["created_at"]) };
}

export async function accountById(db: Queries, id: string): Promise<AccountRecord | undefined> {
  const [row] = await db.all("SELECT id, canonical_id, alias FROM accounts WHERE id = $1", [id]);
  if (row === undefined) return undefined;
  const alias = row["alias"] === null ? undefined : text(row["alias"]);
  return { id: text(row["id"]), canonicalId: text(row["canonical_id"]), alias };
}

export async function principalOf(
  db: Queries,
  { accountId, id }: IdentityReference,
): Promise<PrincipalRecord | undefined> {
  const sql = "SELECT * FROM principals WHERE id = $1 AND account_id = $2";
  return (await db.all(sql, [id, accountId])).map(principalFrom)[0];
}

export async function principalByName(
  db: Queries,
  accountId: string,
  kind: PrincipalKind,
  name: string,
): Promise<PrincipalRecord | undefined> {
  const sql = "SELECT * FROM principals WHERE account_id = $1 AND kind = $2 AND name_key = $3";
  return (await db.all(sql, [accountId, kind, nameKey(name)])).map(principalFrom)[0];
}

export async function principalsOf(
  db: Queries,
  accountId: string,
  kind: PrincipalKind,
  after: string,
  limit: number,
): Promise<readonly PrincipalRecord[]> {
  const sql =
    "SELECT * FROM principals WHERE account_id = $1 AND kind = $2 AND name_key > $3 ORDER BY name_key LIMIT $4";
  return (await db.all(sql, [accountId, kind, nameKey(after), limit])).map(principalFrom);
}

export async function accessKeysOf(
  db: Queries,
  accountId: string,
  ownerId: string | undefined,
): Promise<readonly AccessKeyInfo[]> {
  const sql =
    "SELECT id, status, created_at FROM access_keys WHERE account_id = $1 AND owner_id IS NOT DISTINCT FROM $2 ORDER BY created_at, id";
  return (await db.all(sql, [accountId, ownerId ?? null])).map((row) => ({
    accessKeyId: text(row["id"]),
    status: row["status"] === "Active" ? "Active" : "Inactive",
    createdAt: Number(row["created_at"]),
  }));
}

export async function groupOf(db: Queries, { accountId, id }: IdentityReference): Promise<GroupRecord | undefined> {
  return (await db.all("SELECT * FROM groups WHERE id = $1 AND account_id = $2", [id, accountId])).map(groupFrom)[0];
}

export async function groupByName(db: Queries, accountId: string, name: string): Promise<GroupRecord | undefined> {
  const sql = "SELECT * FROM groups WHERE account_id = $1 AND name_key = $2";
  return (await db.all(sql, [accountId, nameKey(name)])).map(groupFrom)[0];
}

export async function groupsIn(
  db: Queries,
  accountId: string,
  after: string,
  limit: number,
): Promise<readonly GroupRecord[]> {
  const sql = "SELECT * FROM groups WHERE account_id = $1 AND name_key > $2 ORDER BY name_key LIMIT $3";
  return (await db.all(sql, [accountId, nameKey(after), limit])).map(groupFrom);
}

export async function groupsOf(db: Queries, userId: string): Promise<readonly GroupRecord[]> {
  const sql =
    "SELECT g.* FROM group_members m JOIN groups g ON g.id = m.group_id WHERE m.user_id = $1 ORDER BY g.name_key";
  return (await db.all(sql, [userId])).map(groupFrom);
}

export async function membersOf(
  db: Queries,
  { accountId, id }: IdentityReference,
  after: string,
  limit: number,
): Promise<readonly UserRecord[]> {
  const sql =
    "SELECT p.* FROM group_members m JOIN principals p ON p.id = m.user_id WHERE m.group_id = $1 AND p.account_id = $2 AND p.name_key > $3 ORDER BY p.name_key LIMIT $4";
  const members = (await db.all(sql, [id, accountId, nameKey(after), limit])).map(principalFrom);
  return members.filter((one) => one.kind === "user");
}

export async function count(db: Queries, sql: string, values: readonly unknown[]): Promise<number> {
  const [row] = await db.all(`SELECT count(*) AS n FROM ${sql}`, values);
  return Number(row?.["n"]);
}

export async function identityOf(
  db: Queries,
  identity: IdentityReference,
): Promise<PrincipalRecord | GroupRecord | undefined> {
  return isGroupId(identity.id) ? groupOf(db, identity) : principalOf(db, identity);
}

export async function loginProfileOf(
  db: Queries,
  { accountId, id }: IdentityReference,
): Promise<LoginProfileRecord | undefined> {
  const sql =
    "SELECT l.created_at, l.changed_at, l.reset_required FROM login_profiles l JOIN principals p ON p.id = l.user_id WHERE l.user_id = $1 AND p.account_id = $2";
  const [row] = await db.all(sql, [id, accountId]);
  if (row === undefined) return undefined;
  return {
    createdAt: Number(row["created_at"]),
    changedAt: Number(row["changed_at"]),
    resetRequired: row["reset_required"] === true,
  };
}

export async function inlinePolicies(db: Queries, identityId: string): Promise<readonly InlinePolicy[]> {
  const sql = "SELECT name, document FROM inline_policies WHERE identity_id = $1 ORDER BY name_key";
  const rows = await db.all(sql, [identityId]);
  return rows.map((row) => ({ name: text(row["name"]), document: bytes(row["document"]) }));
}

export async function attachedPolicies(db: Queries, identityId: string): Promise<readonly string[]> {
  const sql = "SELECT policy_arn FROM attachments WHERE identity_id = $1 ORDER BY policy_arn";
  return (await db.all(sql, [identityId])).map((row) => text(row["policy_arn"]));
}

export async function withCounts(
  db: Queries,
  accountId: string,
  policy: Omit<ManagedPolicyRecord, "attachmentCount" | "boundaryCount">,
): Promise<ManagedPolicyRecord> {
  const values = [policy.arn, accountId];
  return {
    ...policy,
    attachmentCount: await count(db, "attachments WHERE policy_arn = $1 AND account_id = $2", values),
    boundaryCount: await count(db, "principals WHERE boundary = $1 AND account_id = $2", values),
  };
}

/** `condition` is on `p`, with `$1` for the account. Not AWS's. */
async function policiesWhere(
  db: Queries,
  condition: string,
  [accountId, ...values]: readonly [string, ...unknown[]],
): Promise<readonly ManagedPolicyRecord[]> {
  const rows = await db.all(
    `SELECT p.*, v.document FROM policies p JOIN policy_versions v ON v.policy_arn = p.arn AND v.number = p.default_version WHERE p.account_id = $1 AND ${condition}`,
    [accountId, ...values],
  );
  const found: ManagedPolicyRecord[] = [];
  for (const row of rows)
    found.push(
      await withCounts(db, accountId, {
        arn: text(row["arn"]),
        policyId: text(row["id"]),
        name: text(row["name"]),
        path: text(row["path"]),
        description: row["description"] === null ? undefined : bytes(row["description"]),
        createdAt: Number(row["created_at"]),
        updatedAt: Number(row["updated_at"]),
        defaultVersionId: `v${text(row["default_version"])}`,
        document: bytes(row["document"]),
        tags: tagsOf(row["tags"]),
      }),
    );
  return found;
}

export async function customerPolicy(
  db: Queries,
  accountId: string,
  arn: string,
): Promise<ManagedPolicyRecord | undefined> {
  return (await policiesWhere(db, "p.arn = $2", [accountId, arn]))[0];
}

export function customerPolicies(
  db: Queries,
  accountId: string,
  after: PolicyPlace,
  limit: number,
): Promise<readonly ManagedPolicyRecord[]> {
  const condition = "(p.name_key, p.arn) > ($2, $3) ORDER BY p.name_key, p.arn LIMIT $4";
  return policiesWhere(db, condition, [accountId, after.nameKey, after.arn, limit]);
}

export async function managedPolicy(
  db: Queries,
  accountId: string,
  arn: string,
): Promise<ManagedPolicyRecord | undefined> {
  const aws = awsManagedPolicies.get(arn);
  return aws === undefined ? customerPolicy(db, accountId, arn) : withCounts(db, accountId, aws);
}

export async function isUsable(db: Queries, accountId: string, arn: string | null | undefined): Promise<boolean> {
  return typeof arn === "string" && (await managedPolicy(db, accountId, arn)) !== undefined;
}

const usages = {
  attached: "SELECT identity_id FROM attachments WHERE policy_arn = $1",
  boundary: "SELECT id FROM principals WHERE boundary = $1",
} as const satisfies Record<PolicyUsage, string>;

/** By id, each once. */
export async function policyEntities(
  db: Queries,
  accountId: string,
  arn: string,
  usage: PolicyUsage | undefined,
  after: string,
  limit: number,
): Promise<readonly PolicyEntity[]> {
  const ids = usage === undefined ? Object.values(usages).join(" UNION ALL ") : usages[usage];
  const identities =
    "SELECT kind, id, name, path, account_id FROM principals UNION ALL SELECT 'group', id, name, path, account_id FROM groups";
  const sql = `SELECT * FROM (${identities}) i WHERE account_id = $2 AND id IN (${ids}) AND id > $3 ORDER BY id LIMIT $4`;
  return (await db.all(sql, [arn, accountId, after, limit])).map((row) => ({
    kind: row["kind"] as IdentityKind,
    id: text(row["id"]),
    name: text(row["name"]),
    path: text(row["path"]),
  }));
}

export async function policyVersions(
  db: Queries,
  accountId: string,
  arn: string,
): Promise<readonly PolicyVersionRecord[]> {
  const aws = awsManagedPolicies.get(arn);
  if (aws !== undefined)
    return [{ versionId: aws.defaultVersionId, document: aws.document, createdAt: aws.updatedAt, isDefault: true }];
  const rows = await db.all(
    "SELECT v.*, p.default_version FROM policy_versions v JOIN policies p ON p.arn = v.policy_arn WHERE p.arn = $1 AND p.account_id = $2 ORDER BY v.number DESC",
    [arn, accountId],
  );
  return rows.map((row) => ({
    versionId: `v${text(row["number"])}`,
    document: bytes(row["document"]),
    createdAt: Number(row["created_at"]),
    isDefault: row["number"] === row["default_version"],
  }));
}
