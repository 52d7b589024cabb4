import { policySize } from "@s3-credentials/policy";
import type { Done, GroupRecord, PrincipalRecord, StoreRefusal } from "../../../ports/identity-store.ts";
import type { Writer } from "../connection.ts";
import { moveRevision } from "../revision.ts";
import { integer } from "../sql-value.ts";
import { groupById, isGroupId } from "./group-rows.ts";
import {
  attachedPolicies,
  customerPolicy,
  inlinePolicies,
  policyTables,
  policyVersions,
  usableDocument,
} from "./policy-rows.ts";
import { done, missing } from "./principal-procedures.ts";
import { fold, principalById } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const mostAttached = 10;
const mostVersions = 5;
const attachedQuota = { user: "PoliciesPerUser", role: "PoliciesPerRole", group: "PoliciesPerGroup" } as const;

function holderById(writer: Writer, id: string): PrincipalRecord | GroupRecord | undefined {
  return isGroupId(id) ? groupById(writer, id) : principalById(writer, id);
}

export interface InlineArgs {
  readonly holderId: string;
  readonly name: string;
  readonly document: string;
  readonly quota: number;
}

export function putInlinePolicy(writer: Writer, { holderId, name, document, quota }: InlineArgs): Result {
  if (holderById(writer, holderId) === undefined) return missing;
  const table = policyTables(holderId).inline;
  const others = inlinePolicies(writer, holderId).filter((policy) => fold(policy.name) !== fold(name));
  const size = others.reduce((sum, policy) => sum + policySize(policy.document), policySize(document));
  if (size > quota) return { kind: "limit", what: "inline policy size", quota };
  writer.run(`DELETE FROM ${table} WHERE holder_id = ? AND folded = ?`, [holderId, fold(name)]);
  writer.run(`INSERT INTO ${table} (holder_id, folded, name, document) VALUES (?, ?, ?, ?)`, [
    holderId,
    fold(name),
    name,
    Buffer.from(document, "utf8"),
  ]);
  moveRevision(writer);
  return done;
}

export function deleteInlinePolicy(
  writer: Writer,
  { holderId, name }: { readonly holderId: string; readonly name: string },
): Result {
  const sql = `DELETE FROM ${policyTables(holderId).inline} WHERE holder_id = ? AND folded = ?`;
  if (writer.run(sql, [holderId, fold(name)]) === 0) return missing;
  moveRevision(writer);
  return done;
}

interface Attachment {
  readonly holderId: string;
  readonly policyArn: string;
}

export function attachPolicy(writer: Writer, { holderId, policyArn }: Attachment): Result {
  const holder = holderById(writer, holderId);
  if (holder === undefined || usableDocument(writer, holder.accountId, policyArn) === undefined) return missing;
  const attached = attachedPolicies(writer, holderId);
  if (attached.includes(policyArn)) return done;
  if (attached.length >= mostAttached) return { kind: "limit", what: attachedQuota[holder.kind], quota: mostAttached };
  writer.run(`INSERT INTO ${policyTables(holderId).attached} (holder_id, policy_arn) VALUES (?, ?)`, [
    holderId,
    policyArn,
  ]);
  moveRevision(writer);
  return done;
}

export function detachPolicy(writer: Writer, { holderId, policyArn }: Attachment): Result {
  const sql = `DELETE FROM ${policyTables(holderId).attached} WHERE holder_id = ? AND policy_arn = ?`;
  if (writer.run(sql, [holderId, policyArn]) === 0) return missing;
  moveRevision(writer);
  return done;
}

export interface NewPolicy {
  readonly arn: string;
  readonly accountId: string;
  readonly policyId: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | undefined;
  readonly document: string;
  readonly createdAt: number;
}

export function createPolicy(writer: Writer, policy: NewPolicy): Result {
  const { arn, accountId, policyId, name, path, description, document, createdAt } = policy;
  const taken = writer.get(
    "SELECT 1 FROM policies WHERE account_id = ? AND folded = ?",
    [accountId, fold(name)],
    () => true,
  );
  if (taken === true) return { kind: "exists" };
  writer.run(
    "INSERT INTO policies (arn, id, account_id, name, folded, path, description, created_at, updated_at, default_version, last_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1)",
    [
      arn,
      policyId,
      accountId,
      name,
      fold(name),
      path,
      description === undefined ? null : Buffer.from(description, "utf8"),
      createdAt,
      createdAt,
    ],
  );
  insertVersion(writer, arn, 1, document, createdAt);
  moveRevision(writer);
  return done;
}

function insertVersion(writer: Writer, arn: string, number: number, document: string, now: number): void {
  writer.run("INSERT INTO policy_versions (policy_arn, number, document, created_at) VALUES (?, ?, ?, ?)", [
    arn,
    number,
    Buffer.from(document, "utf8"),
    now,
  ]);
}

export function deletePolicy(writer: Writer, { arn }: { readonly arn: string }): Result {
  const policy = customerPolicy(writer, arn);
  if (policy === undefined) return missing;
  if (policy.attachmentCount + policy.boundaryCount > 0)
    return { kind: "conflict", reason: "Cannot delete a policy attached to entities." };
  if (policyVersions(writer, arn).length > 1)
    return {
      kind: "conflict",
      reason:
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    };
  writer.run("DELETE FROM policy_versions WHERE policy_arn = ?", [arn]);
  writer.run("DELETE FROM policies WHERE arn = ?", [arn]);
  moveRevision(writer);
  return done;
}

interface NewVersion {
  readonly arn: string;
  readonly document: string;
  readonly setAsDefault: boolean;
  readonly now: number;
}

export function createPolicyVersion(
  writer: Writer,
  { arn, document, setAsDefault, now }: NewVersion,
): { readonly kind: "created"; readonly versionId: string } | StoreRefusal {
  const last = writer.get("SELECT last_version FROM policies WHERE arn = ?", [arn], ([number]) => integer(number));
  if (last === undefined) return missing;
  if (policyVersions(writer, arn).length >= mostVersions)
    return { kind: "limit", what: "PolicyVersionsPerPolicy", quota: mostVersions };
  const number = last + 1;
  insertVersion(writer, arn, number, document, now);
  writer.run("UPDATE policies SET last_version = ?, updated_at = ? WHERE arn = ?", [number, now, arn]);
  if (setAsDefault) writer.run("UPDATE policies SET default_version = ? WHERE arn = ?", [number, arn]);
  moveRevision(writer);
  return { kind: "created", versionId: `v${number}` };
}

interface NamedVersion {
  readonly arn: string;
  readonly versionId: string;
}

export function setDefaultPolicyVersion(
  writer: Writer,
  { arn, versionId, now }: NamedVersion & { readonly now: number },
): Result {
  if (customerPolicy(writer, arn) === undefined) return missing;
  if (!policyVersions(writer, arn).some((version) => version.versionId === versionId)) return missing;
  writer.run("UPDATE policies SET default_version = ?, updated_at = ? WHERE arn = ?", [
    Number(versionId.slice(1)),
    now,
    arn,
  ]);
  moveRevision(writer);
  return done;
}

export function deletePolicyVersion(writer: Writer, { arn, versionId }: NamedVersion): Result {
  if (customerPolicy(writer, arn) === undefined) return missing;
  const version = policyVersions(writer, arn).find((one) => one.versionId === versionId);
  if (version === undefined) return missing;
  if (version.isDefault) return { kind: "conflict", reason: "Cannot delete the default version of a policy." };
  writer.run("DELETE FROM policy_versions WHERE policy_arn = ? AND number = ?", [arn, Number(versionId.slice(1))]);
  moveRevision(writer);
  return done;
}
