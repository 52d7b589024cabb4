import type { GroupRecord, IdentityReference, PrincipalRecord } from "../../../ports/identity-records.ts";
import type { Done, StoreRefusal, TagChange } from "../../../ports/identity-store.ts";
import { isGroupId, nameKey } from "../../../domain/identity/names.ts";
import {
  mayAttachPolicy,
  mayCreateManagedPolicy,
  mayDeletePolicy,
  mayDeleteVersion,
  mayPutInlinePolicy,
  nextVersion,
  versionNumber,
} from "../../../domain/identity/policy-rules.ts";
import { changedTags, done, missing } from "../../../domain/identity/principal-rules.ts";
import type { Writer } from "../database.ts";
import { integer, tagsDocument } from "../sql-value.ts";
import { groupOf } from "./group-rows.ts";
import {
  attachedPolicies,
  customerPolicy,
  inlinePolicies,
  policyTables,
  policyVersions,
  usableDocument,
} from "./policy-rows.ts";
import { principalOf } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

async function identityOf(
  writer: Writer,
  identity: IdentityReference,
): Promise<PrincipalRecord | GroupRecord | undefined> {
  return isGroupId(identity.id) ? await groupOf(writer, identity) : await principalOf(writer, identity);
}

export interface InlineArgs {
  readonly identity: IdentityReference;
  readonly name: string;
  readonly document: string;
  readonly quota: number;
}

export async function putInlinePolicy(
  writer: Writer,
  { identity, name, document, quota }: InlineArgs,
): Promise<Result> {
  if ((await identityOf(writer, identity)) === undefined) return missing;
  const identityId = identity.id;
  const table = policyTables(identityId).inline;
  const outcome = mayPutInlinePolicy({ name, document }, quota, await inlinePolicies(writer, identityId));
  if (outcome.kind !== "done") return outcome;
  await writer.run(`DELETE FROM ${table} WHERE holder_id = ? AND folded = ?`, [identityId, nameKey(name)]);
  await writer.run(`INSERT INTO ${table} (holder_id, folded, name, document) VALUES (?, ?, ?, ?)`, [
    identityId,
    nameKey(name),
    name,
    Buffer.from(document, "utf8"),
  ]);
  return done;
}

export async function deleteInlinePolicy(
  writer: Writer,
  { identity, name }: { readonly identity: IdentityReference; readonly name: string },
): Promise<Result> {
  if ((await identityOf(writer, identity)) === undefined) return missing;
  const identityId = identity.id;
  const sql = `DELETE FROM ${policyTables(identityId).inline} WHERE holder_id = ? AND folded = ?`;
  if ((await writer.run(sql, [identityId, nameKey(name)])) === 0) return missing;
  return done;
}

interface Attachment {
  readonly identity: IdentityReference;
  readonly policyArn: string;
}

export async function attachPolicy(writer: Writer, { identity: reference, policyArn }: Attachment): Promise<Result> {
  const identity = await identityOf(writer, reference);
  if (identity === undefined) return missing;
  const { accountId, id: identityId } = identity;
  const outcome = mayAttachPolicy(identity.kind, policyArn, {
    policyFound: (await usableDocument(writer, accountId, policyArn)) !== undefined,
    attached: await attachedPolicies(writer, identityId),
  });
  if (outcome.kind === "present") return done;
  if (outcome.kind !== "done") return outcome;
  await writer.run(
    `INSERT INTO ${policyTables(identityId).attached} (holder_id, policy_arn, account_id) VALUES (?, ?, ?)`,
    [identityId, policyArn, accountId],
  );
  return done;
}

export async function detachPolicy(
  writer: Writer,
  { identity: { accountId, id }, policyArn }: Attachment,
): Promise<Result> {
  const sql = `DELETE FROM ${policyTables(id).attached} WHERE holder_id = ? AND policy_arn = ? AND account_id = ?`;
  if ((await writer.run(sql, [id, policyArn, accountId])) === 0) return missing;
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
  readonly tags: ReadonlyMap<string, string>;
  readonly createdAt: number;
  readonly quota: number;
}

export async function createPolicy(writer: Writer, policy: NewPolicy): Promise<Result> {
  const { arn, accountId, policyId, name, path, description, document, tags, createdAt, quota } = policy;
  const taken = await writer.get(
    "SELECT 1 FROM policies WHERE account_id = ? AND folded = ?",
    [accountId, nameKey(name)],
    () => true,
  );
  const ofAccount = "SELECT count(*) FROM (SELECT 1 FROM policies WHERE account_id = ? LIMIT ?) AS found";
  const count = (await writer.get(ofAccount, [accountId, quota], ([found]) => integer(found))) ?? 0;
  const outcome = mayCreateManagedPolicy({ nameTaken: taken === true, count, quota });
  if (outcome.kind !== "done") return outcome;
  await writer.run(
    "INSERT INTO policies (arn, id, account_id, name, folded, path, description, created_at, updated_at, default_version, last_version, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1, ?)",
    [
      arn,
      policyId,
      accountId,
      name,
      nameKey(name),
      path,
      description === undefined ? null : Buffer.from(description, "utf8"),
      createdAt,
      createdAt,
      tagsDocument(tags),
    ],
  );
  await insertVersion(writer, arn, 1, document, createdAt);
  return done;
}

async function insertVersion(
  writer: Writer,
  arn: string,
  number: number,
  document: string,
  now: number,
): Promise<void> {
  await writer.run("INSERT INTO policy_versions (policy_arn, number, document, created_at) VALUES (?, ?, ?, ?)", [
    arn,
    number,
    Buffer.from(document, "utf8"),
    now,
  ]);
}

interface NamedPolicy {
  readonly accountId: string;
  readonly arn: string;
}

export async function changePolicyTags(
  writer: Writer,
  { accountId, arn, change }: NamedPolicy & { readonly change: TagChange },
): Promise<Result> {
  const policy = await customerPolicy(writer, accountId, arn);
  if (policy === undefined) return missing;
  const tags = changedTags(policy.tags, change, "TagsPerPolicy");
  if (tags === undefined) return done;
  if ("kind" in tags) return tags;
  await writer.run("UPDATE policies SET tags = ? WHERE arn = ?", [tagsDocument(tags), arn]);
  return done;
}

export async function deletePolicy(writer: Writer, { accountId, arn }: NamedPolicy): Promise<Result> {
  const policy = await customerPolicy(writer, accountId, arn);
  if (policy === undefined) return missing;
  const outcome = mayDeletePolicy(policy, (await policyVersions(writer, accountId, arn)).length);
  if (outcome.kind !== "done") return outcome;
  await writer.run("DELETE FROM policy_versions WHERE policy_arn = ?", [arn]);
  await writer.run("DELETE FROM policies WHERE arn = ?", [arn]);
  return done;
}

interface NewVersion extends NamedPolicy {
  readonly document: string;
  readonly setAsDefault: boolean;
  readonly now: number;
}

export async function createPolicyVersion(
  writer: Writer,
  { accountId, arn, document, setAsDefault, now }: NewVersion,
): Promise<{ readonly kind: "created"; readonly versionId: string } | StoreRefusal> {
  const last = await writer.get(
    "SELECT last_version FROM policies WHERE arn = ? AND account_id = ?",
    [arn, accountId],
    ([number]) => integer(number),
  );
  if (last === undefined) return missing;
  const number = nextVersion(last, (await policyVersions(writer, accountId, arn)).length);
  if (typeof number !== "number") return number;
  await insertVersion(writer, arn, number, document, now);
  await writer.run("UPDATE policies SET last_version = ?, updated_at = ? WHERE arn = ?", [number, now, arn]);
  if (setAsDefault) await writer.run("UPDATE policies SET default_version = ? WHERE arn = ?", [number, arn]);
  return { kind: "created", versionId: `v${number}` };
}

interface NamedVersion extends NamedPolicy {
  readonly versionId: string;
}

export async function setDefaultPolicyVersion(
  writer: Writer,
  { accountId, arn, versionId }: NamedVersion,
): Promise<Result> {
  if ((await customerPolicy(writer, accountId, arn)) === undefined) return missing;
  const number = versionNumber(await policyVersions(writer, accountId, arn), versionId);
  if (number === undefined) return missing;
  await writer.run("UPDATE policies SET default_version = ? WHERE arn = ?", [number, arn]);
  return done;
}

export async function deletePolicyVersion(
  writer: Writer,
  { accountId, arn, versionId }: NamedVersion,
): Promise<Result> {
  if ((await customerPolicy(writer, accountId, arn)) === undefined) return missing;
  const versions = await policyVersions(writer, accountId, arn);
  const outcome = mayDeleteVersion(versions, versionId);
  if (outcome.kind !== "done") return outcome;
  const number = versionNumber(versions, versionId) ?? 0;
  await writer.run("DELETE FROM policy_versions WHERE policy_arn = ? AND number = ?", [arn, number]);
  return done;
}
