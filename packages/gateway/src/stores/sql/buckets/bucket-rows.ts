import { fieldsOf, isRecord } from "@s3-credentials/policy/parse";
import type {
  BucketEncryption,
  BucketRecord,
  ListedBucket,
  PublicAccessBlock,
  UnsettledBucket,
  Versioning,
} from "../../../ports/bucket-registry.ts";
import { type Acl, aclFrom, objectOwnerships } from "../../../ports/acl.ts";
import { type BucketLogging, partitionDateSources } from "../../../ports/bucket-logging.ts";
import { type ObjectLockConfiguration, retentionModes } from "../../../ports/object-lock.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Tag } from "../../../ports/tag.ts";
import type { Reader, Row } from "../database.ts";
import { type SqlValue, integer, oneOf, policyText, text, utf8 } from "../sql-value.ts";

/** Sub-resources kept as one document each. */
const subResources = [
  "policy",
  "publicAccessBlock",
  "website",
  "cors",
  "tagging",
  "abac",
  "requesterPays",
  "ownershipControls",
  "acl",
  "encryption",
  "objectLock",
  "lifecycle",
  "notification",
  "logging",
] as const;
export type SubResource = (typeof subResources)[number];

/** What only the data folder carries out, so that a bucket that has it stays there. */
export type SettledResource = "objectLock" | "lifecycle";

/** With the public access block of the account, so that no request needs one more query for it. */
const columns = `id, place, name, owner, region, created_at, state, versioning,
  (SELECT document FROM account_public_access_blocks WHERE account_id = owner)`;

type BucketRow = Omit<BucketRecord, SubResource | "tags" | "ownership">;

export async function bucketByName(reader: Reader, name: Buffer): Promise<BucketRecord | undefined> {
  return withDocuments(reader, await reader.get(`SELECT ${columns} FROM buckets WHERE name = ?`, [name], bucketRow));
}

export async function bucketById(reader: Reader, id: string): Promise<BucketRecord | undefined> {
  return withDocuments(reader, await reader.get(`SELECT ${columns} FROM buckets WHERE id = ?`, [id], bucketRow));
}

/** Ids of active buckets that have a lifecycle: the first ones after `after`. */
export async function bucketsWithLifecycle(reader: Reader, after: string, limit: number): Promise<readonly string[]> {
  return reader.all(
    `SELECT id FROM buckets WHERE state = 'active' AND id > ?
     AND id IN (SELECT bucket_id FROM bucket_configurations WHERE sub_resource = 'lifecycle') ORDER BY id LIMIT ?`,
    [after, limit],
    ([id]) => text(id),
  );
}

/** The bucket that is at a place, or moves there, or has left it and what it had there is kept. */
export async function bucketByPlace(reader: Reader, place: string): Promise<BucketRecord | undefined> {
  const moving = "SELECT bucket_id FROM bucket_moves WHERE ? IN (from_place, to_place)";
  const query = `SELECT ${columns} FROM buckets WHERE place = ? OR id IN (${moving})`;
  return withDocuments(reader, await reader.get(query, [place, place], bucketRow));
}

export function unsettledBuckets(reader: Reader): Promise<readonly UnsettledBucket[]> {
  return reader.all(
    "SELECT id, place, state FROM buckets WHERE state IN ('creating', 'deleting') ORDER BY id",
    [],
    ([id, place, state]) => ({ id: text(id), place: text(place), state: oneOf(["creating", "deleting"], state) }),
  );
}

/** Those whose objects are in the data folder, by name. */
export function localBuckets(reader: Reader): Promise<readonly Pick<BucketRecord, "name" | "state">[]> {
  return reader.all(
    "SELECT name, state FROM buckets WHERE place NOT LIKE '%/%' ORDER BY name",
    [],
    ([name, state]) => ({ name: utf8(name), state: oneOf(["creating", "active", "deleting"], state) }),
  );
}

export function localOwners(reader: Reader): Promise<readonly Pick<BucketRecord, "place" | "owner">[]> {
  const sql = "SELECT place, owner FROM buckets WHERE place NOT LIKE '%/%'";
  return reader.all(sql, [], ([place, owner]) => ({ place: text(place), owner: text(owner) }));
}

/** How many buckets are at each engine, or move there. */
export async function upstreamCounts(reader: Reader): Promise<ReadonlyMap<string, number>> {
  const places = await reader.all(
    `SELECT place FROM buckets WHERE place LIKE '%/%'
     UNION ALL SELECT to_place FROM bucket_moves WHERE phase <> 'moved' AND to_place LIKE '%/%'`,
    [],
    ([place]) => text(place),
  );
  const counts = new Map<string, number>();
  for (const place of places) {
    const upstream = place.slice(0, place.indexOf("/"));
    counts.set(upstream, (counts.get(upstream) ?? 0) + 1);
  }
  return counts;
}

/** Names in `[from, to)`, in order. */
export function bucketsOfOwner(
  reader: Reader,
  owner: string,
  range: { readonly from: Buffer; readonly to: Buffer },
  limit: number,
): Promise<readonly ListedBucket[]> {
  return reader.all(
    `SELECT id, name, region, created_at FROM buckets
     WHERE owner = ? AND name >= ? AND name < ? AND state <> 'creating' ORDER BY name LIMIT ?`,
    [owner, range.from, range.to, limit],
    ([id, name, region, createdAt]) => ({
      id: text(id),
      name: utf8(name),
      region: text(region),
      createdAt: integer(createdAt),
    }),
  );
}

export function accountBlock(reader: Reader, accountId: string): Promise<PublicAccessBlock | undefined> {
  const sql = "SELECT document FROM account_public_access_blocks WHERE account_id = ?";
  return reader.get(sql, [accountId], ([document]) => publicAccessBlock(utf8(document)));
}

function bucketRow([id, place, name, owner, region, createdAt, state, versioning, block]: Row): BucketRow {
  return {
    id: text(id),
    place: text(place),
    name: utf8(name),
    owner: text(owner),
    region: text(region),
    createdAt: integer(createdAt),
    state: oneOf(["creating", "active", "deleting"], state),
    versioning: versioningOf(versioning),
    accountPublicAccessBlock: block === null ? undefined : publicAccessBlock(utf8(block)),
  };
}

export function versioningOf(column: SqlValue | undefined): Versioning {
  return oneOf(["off", "enabled", "suspended"], column);
}

async function withDocuments(reader: Reader, row: BucketRow | undefined): Promise<BucketRecord | undefined> {
  if (row === undefined) return undefined;
  const documents = new Map(
    await reader.all(
      "SELECT sub_resource, document FROM bucket_configurations WHERE bucket_id = ?",
      [row.id],
      ([name, document]) => {
        const which = oneOf(subResources, name);
        return [which, which === "policy" ? policyText(document) : utf8(document)] as const;
      },
    ),
  );
  const block = documents.get("publicAccessBlock" satisfies SubResource);
  const acl = documents.get("acl" satisfies SubResource);
  const tagging = documents.get("tagging" satisfies SubResource);
  const encryption = documents.get("encryption" satisfies SubResource);
  const objectLock = documents.get("objectLock" satisfies SubResource);
  const logging = documents.get("logging" satisfies SubResource);
  return {
    ...row,
    policy: documents.get("policy" satisfies SubResource),
    publicAccessBlock: block === undefined ? undefined : publicAccessBlock(block),
    website: documents.get("website" satisfies SubResource),
    cors: documents.get("cors" satisfies SubResource),
    tags: tagging === undefined ? [] : tagsOf(tagging),
    abac: documents.has("abac" satisfies SubResource),
    requesterPays: documents.has("requesterPays" satisfies SubResource),
    encryption: encryption === undefined ? undefined : bucketEncryption(encryption),
    ownership: oneOf(
      objectOwnerships,
      documents.get("ownershipControls" satisfies SubResource) ?? "BucketOwnerEnforced",
    ),
    acl: acl === undefined ? undefined : aclOf(acl),
    objectLock: objectLock === undefined ? undefined : objectLockFrom(objectLock),
    lifecycle: documents.get("lifecycle" satisfies SubResource),
    notification: documents.get("notification" satisfies SubResource),
    logging: logging === undefined ? undefined : bucketLogging(logging),
  };
}

/** Corrupt tags must not be read as "no tags": a Deny may ask for one. */
function tagsOf(document: string): readonly Tag[] {
  const value = parsed(document, "tag set");
  if (!Array.isArray(value)) throw new StoreError("corrupt", "a stored tag set is not a list");
  return value.map((tag: unknown) => {
    const { key, value: text } = fieldsOf(tag);
    if (typeof key !== "string" || typeof text !== "string")
      throw new StoreError("corrupt", "a stored tag is not a key and a value");
    return { key, value: text };
  });
}

function aclOf(document: string): Acl {
  const acl = aclFrom(parsed(document, "ACL"));
  if (acl === undefined) throw new StoreError("corrupt", "a stored ACL is not a list of grants");
  return acl;
}

function parsed(document: string, what: string): unknown {
  try {
    return JSON.parse(document);
  } catch (cause) {
    throw new StoreError("corrupt", `a stored ${what} does not parse`, { cause });
  }
}

/** A corrupt document must not be read as "nothing is encrypted". */
function bucketEncryption(document: string): BucketEncryption {
  const fault = "a stored encryption of a bucket is unreadable";
  const value = parsed(document, "encryption of a bucket");
  const { algorithm, keyName, bucketKey, blocksCustomerKeys } = fieldsOf(value);
  if (
    (algorithm !== "AES256" && algorithm !== "aws:kms") ||
    (keyName !== undefined && typeof keyName !== "string") ||
    typeof bucketKey !== "boolean" ||
    typeof blocksCustomerKeys !== "boolean"
  )
    throw new StoreError("corrupt", fault);
  return { algorithm, keyName, bucketKey, blocksCustomerKeys };
}

/** A corrupt document must not be read as "nothing is kept". */
function objectLockFrom(document: string): ObjectLockConfiguration {
  const value = parsed(document, "Object Lock configuration");
  if (!isRecord(value)) throw new StoreError("corrupt", "a stored Object Lock configuration is unreadable");
  if (value["defaultRetention"] === undefined) return { defaultRetention: undefined };
  const { mode, unit, count } = fieldsOf(value["defaultRetention"]);
  const known = retentionModes.find((one) => one === mode);
  if (known === undefined || (unit !== "Days" && unit !== "Years") || typeof count !== "number" || !(count > 0))
    throw new StoreError("corrupt", "a stored default retention is unreadable");
  return { defaultRetention: { mode: known, unit, count } };
}

/** Corrupt logging must not be read as "nothing is logged". */
function bucketLogging(document: string): BucketLogging {
  const value = parsed(document, "logging configuration");
  const { targetBucket, targetPrefix, keyFormat } = isRecord(value) ? value : {};
  const { kind, dateSource } = isRecord(keyFormat) ? keyFormat : {};
  const source = partitionDateSources.find((one) => one === dateSource);
  if (typeof targetBucket !== "string" || typeof targetPrefix !== "string")
    throw new StoreError("corrupt", "a stored logging configuration has no target");
  const target = { targetBucket, targetPrefix };
  if (keyFormat === undefined) return target;
  if (kind === "simple") return { ...target, keyFormat: { kind } };
  if (kind !== "partitioned" || source === undefined)
    throw new StoreError("corrupt", "a stored logging configuration has an unknown format of keys");
  return { ...target, keyFormat: { kind, dateSource: source } };
}

/** A corrupt block must not be read as "nothing is blocked". */
function publicAccessBlock(document: string): PublicAccessBlock {
  const value = parsed(document, "public access block");
  const flag = (name: keyof PublicAccessBlock): boolean => {
    const found = fieldsOf(value)[name];
    if (typeof found !== "boolean") throw new StoreError("corrupt", `a stored public access block lacks ${name}`);
    return found;
  };
  return {
    blockPublicAcls: flag("blockPublicAcls"),
    ignorePublicAcls: flag("ignorePublicAcls"),
    blockPublicPolicy: flag("blockPublicPolicy"),
    restrictPublicBuckets: flag("restrictPublicBuckets"),
  };
}
