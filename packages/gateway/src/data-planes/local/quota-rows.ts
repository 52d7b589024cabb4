import { quotaExcess } from "../../domain/buckets/quota-rules.ts";
import type { QuotaExcess, StorageLimits, StorageQuota, StorageUsage } from "../../ports/quotas.ts";
import type { Row } from "../../stores/sql/database.ts";
import { integer, optional, text } from "../../stores/sql/sql-value.ts";
import type { Reader, Writer } from "../../stores/sqlite/connection.ts";

const columns = "bytes, objects, max_bytes, max_objects";

function quotaFrom([bytes, objects, maxBytes, maxObjects]: Row): StorageQuota {
  return {
    usage: { bytes: integer(bytes), objects: integer(objects) },
    limits: { maxBytes: optional(integer, maxBytes), maxObjects: optional(integer, maxObjects) },
  };
}

/** Undefined: the bucket is gone. */
export function bucketQuota(reader: Reader, bucketId: string): StorageQuota | undefined {
  return reader.get(`SELECT ${columns} FROM bucket_usage WHERE bucket_id = ?`, [bucketId], quotaFrom);
}

export function accountQuota(reader: Reader, account: string): StorageQuota {
  const none = { usage: { bytes: 0, objects: 0 }, limits: { maxBytes: undefined, maxObjects: undefined } };
  return reader.get(`SELECT ${columns} FROM account_usage WHERE account = ?`, [account], quotaFrom) ?? none;
}

interface HeldQuotas {
  readonly bucket: StorageQuota;
  readonly account: StorageQuota;
}

/** Undefined: neither the bucket nor its account has a limit, as most. */
function limitsOn(reader: Reader, bucketId: string): HeldQuotas | undefined {
  return reader.get(
    `SELECT b.bytes, b.objects, b.max_bytes, b.max_objects,
       coalesce(a.bytes, 0), coalesce(a.objects, 0), a.max_bytes, a.max_objects
     FROM bucket_usage b LEFT JOIN account_usage a ON a.account = b.account
     WHERE b.bucket_id = ?
       AND (b.max_bytes IS NOT NULL OR b.max_objects IS NOT NULL OR a.max_bytes IS NOT NULL OR a.max_objects IS NOT NULL)`,
    [bucketId],
    (row) => ({ bucket: quotaFrom(row.slice(0, 4)), account: quotaFrom(row.slice(4)) }),
  );
}

/**
 * Why a write may not be; undefined: it may. `growth` is called only where there is a limit.
 * INVARIANT: every procedure that adds to a bucket asks it before its first change, in its own transaction.
 */
export function quotaRefusal(
  reader: Reader,
  bucketId: string,
  growth: () => StorageUsage,
): { readonly kind: "quota-exceeded"; readonly excess: QuotaExcess } | undefined {
  const quotas = limitsOn(reader, bucketId);
  if (quotas === undefined) return undefined;
  const grown = growth();
  const excess = quotaExcess("bucket", quotas.bucket, grown) ?? quotaExcess("account", quotas.account, grown);
  return excess && { kind: "quota-exceeded", excess };
}

/** Whose a bucket is. */
export interface OwnedBucket {
  readonly bucketId: string;
  readonly account: string;
}

/** Of these buckets, those whose owners the index does not know yet. */
export function unknownOwners(reader: Reader, buckets: readonly OwnedBucket[]): readonly OwnedBucket[] {
  const sql = "SELECT bucket_id FROM bucket_usage WHERE account <> ''";
  const known = new Set(reader.all(sql, [], ([bucketId]) => text(bucketId)));
  return buckets.filter(({ bucketId }) => !known.has(bucketId));
}

/** From now on what these buckets hold counts for their owners too. A bucket never changes its owner, and a closed one has none. */
export function openBuckets(writer: Writer, { buckets }: { readonly buckets: readonly OwnedBucket[] }): void {
  for (const { bucketId, account } of buckets) {
    writer.run(
      `INSERT INTO bucket_usage (bucket_id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM closed_buckets WHERE bucket_id = ?)
       ON CONFLICT (bucket_id) DO NOTHING`,
      [bucketId, bucketId],
    );
    writer.run("UPDATE bucket_usage SET account = ? WHERE bucket_id = ? AND account = ''", [account, bucketId]);
  }
}

/** False: the bucket is gone. */
export function setBucketLimits(
  writer: Writer,
  { bucketId, limits }: { readonly bucketId: string; readonly limits: StorageLimits },
): boolean {
  const { maxBytes = null, maxObjects = null } = limits;
  const sql = "UPDATE bucket_usage SET max_bytes = ?, max_objects = ? WHERE bucket_id = ?";
  return writer.run(sql, [maxBytes, maxObjects, bucketId]) > 0;
}

export function setAccountLimits(
  writer: Writer,
  { account, limits }: { readonly account: string; readonly limits: StorageLimits },
): void {
  const { maxBytes = null, maxObjects = null } = limits;
  writer.run(
    `INSERT INTO account_usage (account, max_bytes, max_objects) VALUES (?, ?, ?)
     ON CONFLICT (account) DO UPDATE SET max_bytes = excluded.max_bytes, max_objects = excluded.max_objects`,
    [account, maxBytes, maxObjects],
  );
}
