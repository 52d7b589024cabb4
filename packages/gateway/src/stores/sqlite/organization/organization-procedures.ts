import { fullAccessPolicies } from "../../../domain/organization/aws-policies.ts";
import {
  accountAccessTrust,
  accountFailure,
  mayAttach,
  mayChangePolicy,
  mayCloseAccount,
  mayCreatePolicy,
  mayDeleteOrganizationPolicy,
  mayDetach,
  maySetType,
} from "../../../domain/organization/organization-rules.ts";
import { administratorPolicy } from "../../../domain/accounts/renewal.ts";
import { defaultQuotas, done } from "../../../domain/identity/principal-rules.ts";
import type {
  AccountRequest,
  NewOrganizationAccount,
  OrganizationOutcome,
  OrganizationPolicy,
  OrganizationPolicyType,
} from "../../../ports/organization-store.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Writer } from "../connection.ts";
import { attachPolicy as attachIdentityPolicy } from "../identity/policy-procedures.ts";
import { createAccessKey, createPrincipal, type NewKey } from "../identity/principal-procedures.ts";
import * as rows from "./organization-rows.ts";

/** A new account is in the organization; the first one makes it, as its management account. */
export function joinOrganization(writer: Writer, accountId: string): void {
  const isFirst = writer.run(
    "INSERT OR IGNORE INTO organization (one, id, root_id, management_account_id) VALUES (1, 'o-' || lower(hex(randomblob(5))), 'r-' || lower(hex(randomblob(2))), ?)",
    [accountId],
  );
  if (isFirst > 0) writer.run("INSERT INTO organization_policy_types (type) VALUES ('SERVICE_CONTROL_POLICY')", []);
  const { rootId, enabledTypes } = rows.organizationRow(writer);
  for (const type of enabledTypes) {
    if (isFirst > 0) attachFullAccess(writer, rootId, type);
    attachFullAccess(writer, accountId, type);
  }
}

function attachFullAccess(writer: Writer, targetId: string, type: OrganizationPolicyType): void {
  attach(writer, targetId, type, fullAccessPolicies[type].id);
}

function attach(writer: Writer, targetId: string, type: OrganizationPolicyType, policyId: string): void {
  writer.run("INSERT OR IGNORE INTO organization_attachments (target_id, type, policy_id) VALUES (?, ?, ?)", [
    targetId,
    type,
    policyId,
  ]);
}

export interface MemberAccount extends NewOrganizationAccount {
  readonly accountId: string;
  readonly canonicalId: string;
  readonly roleId: string;
  readonly key: NewKey;
}

/** In one transaction: the account with its role and the key of its root, or a request that has failed. */
export function createMemberAccount(writer: Writer, member: MemberAccount): AccountRequest {
  const { requestId, accountId, name, createdAt } = member;
  const failure = accountFailure({
    emailTaken: rows.accountByEmail(writer, member.email) !== undefined,
    accounts: rows.countAccounts(writer),
  });
  if (failure === undefined) insertMember(writer, member);
  const made = failure === undefined ? accountId : undefined;
  writer.run(
    "INSERT INTO account_requests (id, account_name, account_id, state, failure_reason, requested_at) VALUES (?, ?, ?, ?, ?, ?)",
    [
      requestId,
      Buffer.from(name),
      made ?? null,
      made === undefined ? "FAILED" : "SUCCEEDED",
      failure ?? null,
      createdAt,
    ],
  );
  return { id: requestId, accountName: name, accountId: made, failure, requestedAt: createdAt };
}

function insertMember(writer: Writer, member: MemberAccount): void {
  const { accountId, canonicalId, name, email, roleName, roleId, key, createdAt } = member;
  writer.run("INSERT INTO accounts (id, canonical_id, created_at, name, email) VALUES (?, ?, ?, ?, ?)", [
    accountId,
    canonicalId,
    createdAt,
    Buffer.from(name),
    Buffer.from(email),
  ]);
  joinOrganization(writer, accountId);
  const { managementAccountId } = rows.organizationRow(writer);
  const role = { description: undefined, trust: accountAccessTrust(managementAccountId), maxSessionSeconds: 3600 };
  const reference = { accountId, id: roleId };
  const fields = { ...reference, name: roleName, path: "/", createdAt, boundary: undefined, tags: new Map() };
  const steps = [
    createPrincipal(writer, { ...fields, role, quota: defaultQuotas.roles }),
    attachIdentityPolicy(writer, { identity: reference, policyArn: administratorPolicy }),
    createAccessKey(writer, key),
  ];
  const failed = steps.find(({ kind }) => kind !== "done");
  // Thrown, so that the account goes with it.
  if (failed !== undefined) throw new StoreError("conflict", `the account cannot be made: ${failed.kind}`);
}

export function closeAccount(writer: Writer, { accountId }: { readonly accountId: string }): OrganizationOutcome {
  const outcome = mayCloseAccount(rows.organizationRow(writer), rows.organizationAccount(writer, accountId));
  if (outcome.kind !== "done") return outcome;
  writer.run("UPDATE accounts SET state = 'CLOSED' WHERE id = ?", [accountId]);
  return done;
}

export function renameAccount(
  writer: Writer,
  { accountId, name }: { readonly accountId: string; readonly name: string },
): OrganizationOutcome {
  const account = rows.organizationAccount(writer, accountId);
  if (account === undefined) return { kind: "account-missing" };
  if (account.state === "CLOSED") return { kind: "account-closed" };
  writer.run("UPDATE accounts SET name = ? WHERE id = ?", [Buffer.from(name), accountId]);
  return done;
}

type NewPolicy = Omit<OrganizationPolicy, "awsManaged">;

export function createOrganizationPolicy(writer: Writer, policy: NewPolicy): OrganizationOutcome {
  const { id, type, name, description, document } = policy;
  const outcome = mayCreatePolicy({
    nameTaken: isNameOfAws(type, name) || rows.policyByName(writer, type, name) !== undefined,
    policies: rows.countPolicies(writer, type),
  });
  if (outcome.kind !== "done") return outcome;
  writer.run("INSERT INTO organization_policies (id, type, name, description, document) VALUES (?, ?, ?, ?, ?)", [
    id,
    type,
    Buffer.from(name),
    Buffer.from(description),
    Buffer.from(document),
  ]);
  return done;
}

function isNameOfAws(type: OrganizationPolicyType, name: string): boolean {
  return fullAccessPolicies[type].name === name;
}

export interface PolicyChange extends Partial<Pick<OrganizationPolicy, "name" | "description" | "document">> {
  readonly policyId: string;
}

export function changeOrganizationPolicy(
  writer: Writer,
  { policyId, name, description, document }: PolicyChange,
): OrganizationOutcome {
  const policy = rows.organizationPolicy(writer, policyId);
  const nameOwner =
    policy === undefined || name === undefined
      ? undefined
      : isNameOfAws(policy.type, name)
        ? fullAccessPolicies[policy.type].id
        : rows.policyByName(writer, policy.type, name);
  const outcome = mayChangePolicy(policy, nameOwner);
  if (outcome.kind !== "done" || policy === undefined) return outcome;
  writer.run("UPDATE organization_policies SET name = ?, description = ?, document = ? WHERE id = ?", [
    Buffer.from(name ?? policy.name),
    Buffer.from(description ?? policy.description),
    Buffer.from(document ?? policy.document),
    policyId,
  ]);
  return done;
}

export function deleteOrganizationPolicy(
  writer: Writer,
  { policyId }: { readonly policyId: string },
): OrganizationOutcome {
  const policy = rows.organizationPolicy(writer, policyId);
  const outcome = mayDeleteOrganizationPolicy(policy, rows.targetsOf(writer, policyId, "", 1).length);
  if (outcome.kind !== "done") return outcome;
  writer.run("DELETE FROM organization_policies WHERE id = ?", [policyId]);
  return done;
}

interface Attachment {
  readonly policyId: string;
  readonly targetId: string;
}

function attachmentOf(writer: Writer, { policyId, targetId }: Attachment) {
  const organization = rows.organizationRow(writer);
  const policy = rows.organizationPolicy(writer, policyId);
  return {
    organization,
    policy,
    targetFound: rows.isTarget(writer, organization, targetId),
    attached: policy === undefined ? [] : rows.attachedTo(writer, targetId, policy.type),
  };
}

export function attachOrganizationPolicy(writer: Writer, attachment: Attachment): OrganizationOutcome {
  const found = attachmentOf(writer, attachment);
  const outcome = mayAttach(found);
  if (outcome.kind !== "done" || found.policy === undefined) return outcome;
  attach(writer, attachment.targetId, found.policy.type, found.policy.id);
  return done;
}

export function detachOrganizationPolicy(writer: Writer, attachment: Attachment): OrganizationOutcome {
  const outcome = mayDetach(attachmentOf(writer, attachment));
  if (outcome.kind !== "done") return outcome;
  const { policyId, targetId } = attachment;
  writer.run("DELETE FROM organization_attachments WHERE target_id = ? AND policy_id = ?", [targetId, policyId]);
  return done;
}

export function setPolicyType(
  writer: Writer,
  { type, enabled }: { readonly type: OrganizationPolicyType; readonly enabled: boolean },
): OrganizationOutcome {
  const organization = rows.organizationRow(writer);
  const outcome = maySetType(organization, type, enabled);
  if (outcome.kind !== "done") return outcome;
  if (enabled) {
    writer.run("INSERT INTO organization_policy_types (type) VALUES (?)", [type]);
    attachFullAccess(writer, organization.rootId, type);
    writer.run("INSERT INTO organization_attachments (target_id, type, policy_id) SELECT id, ?, ? FROM accounts", [
      type,
      fullAccessPolicies[type].id,
    ]);
  } else {
    writer.run("DELETE FROM organization_policy_types WHERE type = ?", [type]);
    writer.run("DELETE FROM organization_attachments WHERE type = ?", [type]);
  }
  return done;
}
