import { randomBytes } from "node:crypto";
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
import type { Writer } from "../database.ts";
import { attachPolicy as attachIdentityPolicy } from "../identity/policy-procedures.ts";
import { createAccessKey, createPrincipal, type NewKey } from "../identity/principal-procedures.ts";
import * as rows from "./organization-rows.ts";

/** A new account is in the organization; the first one makes it, as its management account. */
export async function joinOrganization(writer: Writer, accountId: string): Promise<void> {
  const isFirst = await writer.run(
    "INSERT INTO organization (one, id, root_id, management_account_id) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING",
    [`o-${randomBytes(5).toString("hex")}`, `r-${randomBytes(2).toString("hex")}`, accountId],
  );
  if (isFirst > 0)
    await writer.run("INSERT INTO organization_policy_types (type) VALUES ('SERVICE_CONTROL_POLICY')", []);
  const { rootId, enabledTypes } = await rows.organizationRow(writer);
  for (const type of enabledTypes) {
    if (isFirst > 0) await attachFullAccess(writer, rootId, type);
    await attachFullAccess(writer, accountId, type);
  }
}

async function attachFullAccess(writer: Writer, targetId: string, type: OrganizationPolicyType): Promise<void> {
  await attach(writer, targetId, type, fullAccessPolicies[type].id);
}

async function attach(writer: Writer, targetId: string, type: OrganizationPolicyType, policyId: string): Promise<void> {
  await writer.run(
    "INSERT INTO organization_attachments (target_id, type, policy_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    [targetId, type, policyId],
  );
}

export interface MemberAccount extends NewOrganizationAccount {
  readonly accountId: string;
  readonly canonicalId: string;
  readonly roleId: string;
  readonly key: NewKey;
}

/** In one transaction: the account with its role and the key of its root, or a request that has failed. */
export async function createMemberAccount(writer: Writer, member: MemberAccount): Promise<AccountRequest> {
  const { requestId, accountId, name, createdAt } = member;
  const failure = accountFailure({
    emailTaken: (await rows.accountByEmail(writer, member.email)) !== undefined,
    accounts: await rows.countAccounts(writer),
  });
  if (failure === undefined) await insertMember(writer, member);
  const made = failure === undefined ? accountId : undefined;
  await writer.run(
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

async function insertMember(writer: Writer, member: MemberAccount): Promise<void> {
  const { accountId, canonicalId, name, email, roleName, roleId, key, createdAt } = member;
  await writer.run("INSERT INTO accounts (id, canonical_id, created_at, name, email) VALUES (?, ?, ?, ?, ?)", [
    accountId,
    canonicalId,
    createdAt,
    Buffer.from(name),
    Buffer.from(email),
  ]);
  await joinOrganization(writer, accountId);
  const { managementAccountId } = await rows.organizationRow(writer);
  const role = { description: undefined, trust: accountAccessTrust(managementAccountId), maxSessionSeconds: 3600 };
  const reference = { accountId, id: roleId };
  const fields = { ...reference, name: roleName, path: "/", createdAt, boundary: undefined, tags: new Map() };
  const steps = [
    await createPrincipal(writer, { ...fields, role, quota: defaultQuotas.roles }),
    await attachIdentityPolicy(writer, { identity: reference, policyArn: administratorPolicy }),
    await createAccessKey(writer, key),
  ];
  const failed = steps.find(({ kind }) => kind !== "done");
  // Thrown, so that the account goes with it.
  if (failed !== undefined) throw new StoreError("conflict", `the account cannot be made: ${failed.kind}`);
}

export async function closeAccount(
  writer: Writer,
  { accountId }: { readonly accountId: string },
): Promise<OrganizationOutcome> {
  const outcome = mayCloseAccount(
    await rows.organizationRow(writer),
    await rows.organizationAccount(writer, accountId),
  );
  if (outcome.kind !== "done") return outcome;
  await writer.run("UPDATE accounts SET state = 'CLOSED' WHERE id = ?", [accountId]);
  return done;
}

export async function renameAccount(
  writer: Writer,
  { accountId, name }: { readonly accountId: string; readonly name: string },
): Promise<OrganizationOutcome> {
  const account = await rows.organizationAccount(writer, accountId);
  if (account === undefined) return { kind: "account-missing" };
  if (account.state === "CLOSED") return { kind: "account-closed" };
  await writer.run("UPDATE accounts SET name = ? WHERE id = ?", [Buffer.from(name), accountId]);
  return done;
}

type NewPolicy = Omit<OrganizationPolicy, "awsManaged">;

export async function createOrganizationPolicy(writer: Writer, policy: NewPolicy): Promise<OrganizationOutcome> {
  const { id, type, name, description, document } = policy;
  const outcome = mayCreatePolicy({
    nameTaken: isNameOfAws(type, name) || (await rows.policyByName(writer, type, name)) !== undefined,
    policies: await rows.countPolicies(writer, type),
  });
  if (outcome.kind !== "done") return outcome;
  await writer.run("INSERT INTO organization_policies (id, type, name, description, document) VALUES (?, ?, ?, ?, ?)", [
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

export async function changeOrganizationPolicy(
  writer: Writer,
  { policyId, name, description, document }: PolicyChange,
): Promise<OrganizationOutcome> {
  const policy = await rows.organizationPolicy(writer, policyId);
  const nameOwner =
    policy === undefined || name === undefined
      ? undefined
      : isNameOfAws(policy.type, name)
        ? fullAccessPolicies[policy.type].id
        : await rows.policyByName(writer, policy.type, name);
  const outcome = mayChangePolicy(policy, nameOwner);
  if (outcome.kind !== "done" || policy === undefined) return outcome;
  await writer.run("UPDATE organization_policies SET name = ?, description = ?, document = ? WHERE id = ?", [
    Buffer.from(name ?? policy.name),
    Buffer.from(description ?? policy.description),
    Buffer.from(document ?? policy.document),
    policyId,
  ]);
  return done;
}

export async function deleteOrganizationPolicy(
  writer: Writer,
  { policyId }: { readonly policyId: string },
): Promise<OrganizationOutcome> {
  const policy = await rows.organizationPolicy(writer, policyId);
  const outcome = mayDeleteOrganizationPolicy(policy, (await rows.targetsOf(writer, policyId, "", 1)).length);
  if (outcome.kind !== "done") return outcome;
  await writer.run("DELETE FROM organization_policies WHERE id = ?", [policyId]);
  return done;
}

interface Attachment {
  readonly policyId: string;
  readonly targetId: string;
}

async function attachmentOf(writer: Writer, { policyId, targetId }: Attachment) {
  const organization = await rows.organizationRow(writer);
  const policy = await rows.organizationPolicy(writer, policyId);
  return {
    organization,
    policy,
    targetFound: await rows.isTarget(writer, organization, targetId),
    attached: policy === undefined ? [] : await rows.attachedTo(writer, targetId, policy.type),
  };
}

export async function attachOrganizationPolicy(writer: Writer, attachment: Attachment): Promise<OrganizationOutcome> {
  const found = await attachmentOf(writer, attachment);
  const outcome = mayAttach(found);
  if (outcome.kind !== "done" || found.policy === undefined) return outcome;
  await attach(writer, attachment.targetId, found.policy.type, found.policy.id);
  return done;
}

export async function detachOrganizationPolicy(writer: Writer, attachment: Attachment): Promise<OrganizationOutcome> {
  const outcome = mayDetach(await attachmentOf(writer, attachment));
  if (outcome.kind !== "done") return outcome;
  const { policyId, targetId } = attachment;
  await writer.run("DELETE FROM organization_attachments WHERE target_id = ? AND policy_id = ?", [targetId, policyId]);
  return done;
}

export async function setPolicyType(
  writer: Writer,
  { type, enabled }: { readonly type: OrganizationPolicyType; readonly enabled: boolean },
): Promise<OrganizationOutcome> {
  const organization = await rows.organizationRow(writer);
  const outcome = maySetType(organization, type, enabled);
  if (outcome.kind !== "done") return outcome;
  if (enabled) {
    await writer.run("INSERT INTO organization_policy_types (type) VALUES (?)", [type]);
    await attachFullAccess(writer, organization.rootId, type);
    await writer.run(
      "INSERT INTO organization_attachments (target_id, type, policy_id) SELECT id, ?, ? FROM accounts",
      [type, fullAccessPolicies[type].id],
    );
  } else {
    await writer.run("DELETE FROM organization_policy_types WHERE type = ?", [type]);
    await writer.run("DELETE FROM organization_attachments WHERE type = ?", [type]);
  }
  return done;
}
