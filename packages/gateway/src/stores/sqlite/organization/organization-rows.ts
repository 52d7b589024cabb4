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
import type { Row } from "../../sql/database.ts";
import type { Reader } from "../connection.ts";
import { integer, oneOf, optional, policyText, text, utf8 } from "../../sql/sql-value.ts";

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
export function organizationIfAny(reader: Reader): OrganizationRecord | undefined {
  const found = reader.get(
    "SELECT id, root_id, management_account_id FROM organization",
    [],
    ([id, rootId, management]) => ({ id: text(id), rootId: text(rootId), managementAccountId: text(management) }),
  );
  if (found === undefined) return undefined;
  const enabledTypes = reader.all("SELECT type FROM organization_policy_types ORDER BY type DESC", [], ([type]) =>
    oneOf(organizationPolicyTypes, type),
  );
  return { ...found, enabledTypes };
}

export function organizationRow(reader: Reader): OrganizationRecord {
  const found = organizationIfAny(reader);
  if (found === undefined) throw new StoreError("corrupt", "directory.db has accounts but no organization");
  return found;
}

export function organizationAccount(reader: Reader, id: string): OrganizationAccount | undefined {
  return reader.get(`SELECT ${accountColumns} FROM accounts WHERE id = ?`, [id], accountFrom);
}

export function organizationAccounts(reader: Reader, after: string, limit: number): readonly OrganizationAccount[] {
  const sql = `SELECT ${accountColumns} FROM accounts WHERE id > ? ORDER BY id LIMIT ?`;
  return reader.all(sql, [after, limit], accountFrom);
}

export function accountByEmail(reader: Reader, email: string): string | undefined {
  return reader.get("SELECT id FROM accounts WHERE email = ?", [Buffer.from(email)], ([id]) => text(id));
}

export function countAccounts(reader: Reader): number {
  return reader.get("SELECT count(*) FROM accounts", [], ([count]) => integer(count)) ?? 0;
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

export function accountRequest(reader: Reader, id: string): AccountRequest | undefined {
  return reader.get(`SELECT ${requestColumns} FROM account_requests WHERE id = ?`, [id], requestFrom);
}

export function accountRequests(reader: Reader, after: string, limit: number): readonly AccountRequest[] {
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

export function organizationPolicy(reader: Reader, id: string): OrganizationPolicy | undefined {
  const sql = `SELECT ${policyColumns} FROM organization_policies WHERE id = ?`;
  return awsPolicyById(id) ?? reader.get(sql, [id], policyFrom);
}

export function policyByName(reader: Reader, type: OrganizationPolicyType, name: string): string | undefined {
  const sql = "SELECT id FROM organization_policies WHERE type = ? AND name = ?";
  return reader.get(sql, [type, Buffer.from(name)], ([id]) => text(id));
}

export function countPolicies(reader: Reader, type: OrganizationPolicyType): number {
  const sql = "SELECT count(*) FROM organization_policies WHERE type = ?";
  return reader.get(sql, [type], ([count]) => integer(count)) ?? 0;
}

export function organizationPolicies(
  reader: Reader,
  type: OrganizationPolicyType,
  after: string,
  limit: number,
): readonly OrganizationPolicy[] {
  const sql = `SELECT ${policyColumns} FROM organization_policies WHERE type = ? AND id > ? ORDER BY id LIMIT ?`;
  return reader.all(sql, [type, after, limit], policyFrom);
}

/** Ids of the policies of a type that are attached to the root or to an account. */
export function attachedTo(reader: Reader, targetId: string, type: OrganizationPolicyType): readonly string[] {
  const sql = "SELECT policy_id FROM organization_attachments WHERE target_id = ? AND type = ? ORDER BY policy_id";
  return reader.all(sql, [targetId, type], ([id]) => text(id));
}

export function targetsOf(reader: Reader, policyId: string, after: string, limit: number): readonly string[] {
  const sql =
    "SELECT target_id FROM organization_attachments WHERE policy_id = ? AND target_id > ? ORDER BY target_id LIMIT ?";
  return reader.all(sql, [policyId, after, limit], ([id]) => text(id));
}

export function isTarget(reader: Reader, { rootId }: OrganizationRecord, targetId: string): boolean {
  return targetId === rootId || organizationAccount(reader, targetId) !== undefined;
}
