import { inTurn } from "../in-turn.ts";
import { awsPolicyById } from "../../../domain/organization/organization-rules.ts";
import {
  type AccountRequest,
  type OrganizationAccount,
  type OrganizationPolicy,
  type OrganizationPolicyType,
  organizationPolicyTypes,
  type OrganizationRecord,
} from "../../../ports/organization-store.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader, Row } from "../database.ts";
import { integer, oneOf, optional, policyText, text, utf8 } from "../sql-value.ts";

/** Of the first account, which nobody was asked a name and an address for. `.invalid` is nobody's: RFC 2606. */
const namelessAccount = (id: string) => ({ name: "Management account", email: `root@${id}.invalid` });

const accountColumns = "id, name, email, state, created_at";

function accountFrom([id, name, email, state, created]: Row): OrganizationAccount {
  const accountId = text(id);
  return {
    id: accountId,
    name: optional(utf8, name) ?? namelessAccount(accountId).name,
    email: optional(utf8, email) ?? namelessAccount(accountId).email,
    state: oneOf(["ACTIVE", "CLOSED"], state),
    createdAt: integer(created),
  };
}

/** Undefined before the first account is there. */
export async function organizationIfAny(reader: Reader): Promise<OrganizationRecord | undefined> {
  const found = await reader.get(
    "SELECT id, root_id, management_account_id FROM organization",
    [],
    ([id, rootId, management]) => ({ id: text(id), rootId: text(rootId), managementAccountId: text(management) }),
  );
  if (found === undefined) return undefined;
  const enabledTypes = await reader.all("SELECT type FROM organization_policy_types ORDER BY type DESC", [], ([type]) =>
    oneOf(organizationPolicyTypes, type),
  );
  return { ...found, enabledTypes };
}

export async function organizationRow(reader: Reader): Promise<OrganizationRecord> {
  const found = await organizationIfAny(reader);
  if (found === undefined) throw new StoreError("corrupt", "directory.db has accounts but no organization");
  return found;
}

export function organizationAccount(reader: Reader, id: string): Promise<OrganizationAccount | undefined> {
  return reader.get(`SELECT ${accountColumns} FROM accounts WHERE id = ?`, [id], accountFrom);
}

export function organizationAccounts(
  reader: Reader,
  after: string,
  limit: number,
): Promise<readonly OrganizationAccount[]> {
  const sql = `SELECT ${accountColumns} FROM accounts WHERE id > ? ORDER BY id LIMIT ?`;
  return reader.all(sql, [after, limit], accountFrom);
}

export function accountByEmail(reader: Reader, email: string): Promise<string | undefined> {
  return reader.get("SELECT id FROM accounts WHERE email = ?", [Buffer.from(email)], ([id]) => text(id));
}

export async function countAccounts(reader: Reader): Promise<number> {
  return (await reader.get("SELECT count(*) FROM accounts", [], ([count]) => integer(count))) ?? 0;
}

const requestColumns = "id, account_name, account_id, failure_reason, requested_at";

function requestFrom([id, name, accountId, failure, requested]: Row): AccountRequest {
  return {
    id: text(id),
    accountName: utf8(name),
    accountId: optional(text, accountId),
    failure: optional((column) => oneOf(["EMAIL_ALREADY_EXISTS", "ACCOUNT_LIMIT_EXCEEDED"], column), failure),
    requestedAt: integer(requested),
  };
}

export function accountRequest(reader: Reader, id: string): Promise<AccountRequest | undefined> {
  return reader.get(`SELECT ${requestColumns} FROM account_requests WHERE id = ?`, [id], requestFrom);
}

export function accountRequests(reader: Reader, after: string, limit: number): Promise<readonly AccountRequest[]> {
  const sql = `SELECT ${requestColumns} FROM account_requests WHERE id > ? ORDER BY id LIMIT ?`;
  return reader.all(sql, [after, limit], requestFrom);
}

const policyColumns = "id, type, name, description, document";

function policyFrom([id, type, name, description, document]: Row): OrganizationPolicy {
  return {
    id: text(id),
    type: oneOf(organizationPolicyTypes, type),
    name: utf8(name),
    description: utf8(description),
    document: policyText(document),
    awsManaged: false,
  };
}

export async function organizationPolicy(reader: Reader, id: string): Promise<OrganizationPolicy | undefined> {
  const sql = `SELECT ${policyColumns} FROM organization_policies WHERE id = ?`;
  return awsPolicyById(id) ?? (await reader.get(sql, [id], policyFrom));
}

/** Those that are there. */
export async function policiesById(reader: Reader, ids: readonly string[]): Promise<readonly OrganizationPolicy[]> {
  const found = await inTurn(ids, (id) => organizationPolicy(reader, id));
  return found.flatMap((policy) => policy ?? []);
}

export function policyByName(reader: Reader, type: OrganizationPolicyType, name: string): Promise<string | undefined> {
  const sql = "SELECT id FROM organization_policies WHERE type = ? AND name = ?";
  return reader.get(sql, [type, Buffer.from(name)], ([id]) => text(id));
}

export async function countPolicies(reader: Reader, type: OrganizationPolicyType): Promise<number> {
  const sql = "SELECT count(*) FROM organization_policies WHERE type = ?";
  return (await reader.get(sql, [type], ([count]) => integer(count))) ?? 0;
}

export function organizationPolicies(
  reader: Reader,
  type: OrganizationPolicyType,
  after: string,
  limit: number,
): Promise<readonly OrganizationPolicy[]> {
  const sql = `SELECT ${policyColumns} FROM organization_policies WHERE type = ? AND id > ? ORDER BY id LIMIT ?`;
  return reader.all(sql, [type, after, limit], policyFrom);
}

/** Ids of the policies of a type that are attached to the root or to an account. */
export function attachedTo(reader: Reader, targetId: string, type: OrganizationPolicyType): Promise<readonly string[]> {
  const sql = "SELECT policy_id FROM organization_attachments WHERE target_id = ? AND type = ? ORDER BY policy_id";
  return reader.all(sql, [targetId, type], ([id]) => text(id));
}

/** What is attached to the root and to an account, in one statement: ids of policies by target and type. */
export async function attachmentsOf(
  reader: Reader,
  rootId: string,
  accountId: string,
): Promise<(target: string, type: OrganizationPolicyType) => readonly string[]> {
  const sql =
    "SELECT target_id, type, policy_id FROM organization_attachments WHERE target_id IN (?, ?) ORDER BY policy_id";
  const rows = await reader.all(sql, [rootId, accountId], (columns) => columns.map(text));
  return (target, type) => rows.filter(([on, of]) => on === target && of === type).map(([, , id]) => text(id));
}

export function targetsOf(reader: Reader, policyId: string, after: string, limit: number): Promise<readonly string[]> {
  const sql =
    "SELECT target_id FROM organization_attachments WHERE policy_id = ? AND target_id > ? ORDER BY target_id LIMIT ?";
  return reader.all(sql, [policyId, after, limit], ([id]) => text(id));
}

export async function isTarget(reader: Reader, { rootId }: OrganizationRecord, targetId: string): Promise<boolean> {
  return targetId === rootId || (await organizationAccount(reader, targetId)) !== undefined;
}
