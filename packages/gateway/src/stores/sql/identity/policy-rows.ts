import type { ManagedPolicyRecord, PolicyVersionRecord } from "../../../ports/identity-records.ts";
import { isGroupId, nameKey } from "../../../domain/identity/names.ts";
import { type InlinePolicy, isUsablePolicy } from "../../../domain/identity/policy-rules.ts";
import type { PolicyPlace } from "../../../domain/identity/pages.ts";
import type { Reader, Row } from "../database.ts";
import { integer, optional, policyText, tagsOf, text, utf8 } from "../sql-value.ts";
import { awsManagedPolicies, type AwsManagedPolicy } from "../../../domain/identity/aws-managed-policies.ts";

/** The tables with an identity's policies: groups are no principals, so theirs have tables of their own. */
export function policyTables(identityId: string): { readonly inline: string; readonly attached: string } {
  return isGroupId(identityId)
    ? { inline: "group_inline_policies", attached: "group_attachments" }
    : { inline: "inline_policies", attached: "attachments" };
}

export function inlinePolicies(reader: Reader, identityId: string): Promise<readonly InlinePolicy[]> {
  return reader.all(
    `SELECT name, document FROM ${policyTables(identityId).inline} WHERE holder_id = ? ORDER BY folded`,
    [identityId],
    inlineOf,
  );
}

export function inlinePolicy(reader: Reader, identityId: string, name: string): Promise<InlinePolicy | undefined> {
  return reader.get(
    `SELECT name, document FROM ${policyTables(identityId).inline} WHERE holder_id = ? AND folded = ?`,
    [identityId, nameKey(name)],
    inlineOf,
  );
}

function inlineOf([name, document]: Row): InlinePolicy {
  return { name: text(name), document: policyText(document) };
}

/** ARNs, in order. */
export function attachedPolicies(reader: Reader, identityId: string): Promise<readonly string[]> {
  const sql = `SELECT policy_arn FROM ${policyTables(identityId).attached} WHERE holder_id = ? ORDER BY policy_arn`;
  return reader.all(sql, [identityId], ([arn]) => text(arn));
}

/** How many identities of the account have the policy, and how many as their boundary. */
const counts = (arn: string, account: string): string =>
  `(SELECT count(*) FROM attachments a WHERE a.account_id = ${account} AND a.policy_arn = ${arn})
   + (SELECT count(*) FROM group_attachments g WHERE g.account_id = ${account} AND g.policy_arn = ${arn}),
   (SELECT count(*) FROM principals b WHERE b.account_id = ${account} AND b.boundary = ${arn})`;

const columns = `p.arn, p.id, p.name, p.path, p.description, p.created_at, p.updated_at, p.default_version, v.document, p.tags,
  ${counts("p.arn", "p.account_id")}
  FROM policies p JOIN policy_versions v ON v.policy_arn = p.arn AND v.number = p.default_version`;

function policyOf(row: Row): ManagedPolicyRecord {
  const [arn, id, name, path, description, created, updated, version, document, tags, attached, bounded] = row;
  return {
    arn: text(arn),
    policyId: text(id),
    name: text(name),
    path: text(path),
    description: optional(utf8, description),
    createdAt: integer(created),
    updatedAt: integer(updated),
    defaultVersionId: `v${integer(version)}`,
    document: policyText(document),
    tags: tagsOf(tags, "the tags of a policy"),
    attachmentCount: integer(attached),
    boundaryCount: integer(bounded),
  };
}

export async function managedPolicy(
  reader: Reader,
  accountId: string,
  arn: string,
): Promise<ManagedPolicyRecord | undefined> {
  const aws = awsManagedPolicies.get(arn);
  return aws === undefined ? await customerPolicy(reader, accountId, arn) : await countedPolicy(reader, accountId, aws);
}

/** One of AWS's. */
export async function countedPolicy(
  reader: Reader,
  accountId: string,
  policy: AwsManagedPolicy,
): Promise<ManagedPolicyRecord> {
  const found = await reader.get(
    `SELECT ${counts("?", "?")}`,
    [accountId, policy.arn, accountId, policy.arn, accountId, policy.arn],
    ([attached, bounded]) => ({ attachmentCount: integer(attached), boundaryCount: integer(bounded) }),
  );
  return { ...policy, ...(found ?? { attachmentCount: 0, boundaryCount: 0 }) };
}

/** Not AWS's: what can be changed. */
export function customerPolicy(
  reader: Reader,
  accountId: string,
  arn: string,
): Promise<ManagedPolicyRecord | undefined> {
  const sql = `SELECT ${columns} WHERE p.arn = ? AND p.account_id = ?`;
  return reader.get(sql, [arn, accountId], policyOf);
}

/** The default version's text alone: what authorization needs on every request. */
async function managedDocument(reader: Reader, arn: string): Promise<string | undefined> {
  const aws = awsManagedPolicies.get(arn);
  if (aws !== undefined) return aws.document;
  const sql =
    "SELECT v.document FROM policies p JOIN policy_versions v ON v.policy_arn = p.arn AND v.number = p.default_version WHERE p.arn = ?";
  return reader.get(sql, [arn], ([document]) => policyText(document));
}

/** As `managedDocument`, of a policy that this account's principals may have: AWS's, or the account's own. */
export async function usableDocument(reader: Reader, accountId: string, arn: string): Promise<string | undefined> {
  return isUsablePolicy(accountId, arn) ? await managedDocument(reader, arn) : undefined;
}

/** By name in lower case, from after `after`. */
export function customerPolicies(
  reader: Reader,
  accountId: string,
  { nameKey: key, arn }: PolicyPlace,
  limit: number,
): Promise<readonly ManagedPolicyRecord[]> {
  // An account has one policy of a name, so this is the order of name and ARN.
  const sql = `SELECT ${columns} WHERE p.account_id = ? AND (p.folded, p.arn) > (?, ?) ORDER BY p.folded LIMIT ?`;
  return reader.all(sql, [accountId, key, arn, limit], policyOf);
}

export async function policyVersions(
  reader: Reader,
  accountId: string,
  arn: string,
): Promise<readonly PolicyVersionRecord[]> {
  const aws = awsManagedPolicies.get(arn);
  if (aws !== undefined)
    return [{ versionId: aws.defaultVersionId, document: aws.document, createdAt: aws.updatedAt, isDefault: true }];
  const sql =
    "SELECT v.number, v.document, v.created_at, p.default_version FROM policy_versions v JOIN policies p ON p.arn = v.policy_arn WHERE v.policy_arn = ? AND p.account_id = ? ORDER BY v.number DESC";
  return reader.all(sql, [arn, accountId], ([number, document, created, chosen]) => ({
    versionId: `v${integer(number)}`,
    document: policyText(document),
    createdAt: integer(created),
    isDefault: integer(number) === integer(chosen),
  }));
}
