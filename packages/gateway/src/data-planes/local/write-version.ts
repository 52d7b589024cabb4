import { changedLock, isLocked } from "../../domain/objects/object-lock.ts";
import { conditionRefusal, type CurrentObject, nextVersionId } from "../../domain/objects/preconditions.ts";
import type { ObjectMetadata, StorageClass, StoredChecksum } from "../../ports/object-version.ts";
import type { MetadataChange, WriteCondition, WriteRefusal, WriteTarget } from "../../ports/object-write.ts";
import type { StorageUsage } from "../../ports/quotas.ts";
import { StoreError } from "../../ports/store-error.ts";
import { sameAcl } from "../../ports/acl.ts";
import type { ObjectLock } from "../../ports/object-lock.ts";
import { sameTags } from "../../ports/tag.ts";
import type { Reader, Writer } from "../../stores/sqlite/connection.ts";
import { integer, oneOf, text } from "../../stores/sql/sql-value.ts";
import { lockColumn, lockFrom } from "./lock-column.ts";
import { type NewBody, type SharedContent, abandon, addContent, nextNumber } from "./manifests.ts";
import { metadataDocument, metadataOf } from "./metadata-document.ts";
import { quotaRefusal } from "./quota-rows.ts";
import { type VersionRow, handleOf, keyBytes, latestVersion, versionById, versionBySeq } from "./version-rows.ts";

const versionKinds = ["object", "delete-marker"] as const;

/** What a new object version is, but for its place among the others. */
export interface NewObject {
  readonly size: number;
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
  /** See `metadataDocument`. */
  readonly metadata: string;
  readonly storageClass: StorageClass;
  readonly lock: ObjectLock | undefined;
}

export interface PutArgs {
  readonly target: WriteTarget;
  /** Taken when versioning is enabled. */
  readonly freshId: string;
  /** ms since the epoch. */
  readonly now: number;
  readonly object: NewObject;
  readonly body: NewBody | SharedContent;
}

/** A version that was added: what its writer does not know yet. */
export interface Placed {
  readonly kind: "placed";
  readonly seq: number;
  readonly versionId: string;
}

export function putVersion(writer: Writer, args: PutArgs): Placed | WriteRefusal {
  const place = placeOf(writer, args.target, args.object.size, args.now);
  if (place.kind !== "place") return place;
  const seq = nextNumber(writer);
  if (!addContent(writer, seq, args.body)) return { kind: "no-such-version" };
  return addObject(writer, args, seq, place);
}

/** Where a version may be added. */
export interface Place {
  readonly kind: "place";
  /** The version whose id the new one takes: it is removed. */
  readonly replaced: KnownRow | undefined;
}

/** What a write needs to know of a version of its key. A delete marker has no size. */
type KnownRow = Pick<VersionRow, "kind" | "seq" | "versionId"> & {
  readonly size?: number;
  readonly lock?: ObjectLock | undefined;
};

/** What an object of `size` bytes adds to its bucket in this place. */
function growthIn({ replaced }: Place, size: number): StorageUsage {
  return { bytes: size - (replaced?.size ?? 0), objects: replaced?.kind === "object" ? 0 : 1 };
}

/** Before the bytes of an object are read: what its writer would say, if it is certain already. */
export function earlyQuotaRefusal(
  reader: Reader,
  target: Pick<WriteTarget, "bucketId" | "key" | "versioning">,
  { size, now }: { readonly size: number; readonly now: number },
): WriteRefusal | undefined {
  return quotaRefusal(reader, target.bucketId, () => {
    const room = roomFor(reader, target, latestVersion(reader, target.bucketId, keyBytes(target.key)), now);
    return room.kind === "place" ? growthIn(room, size) : { bytes: 0, objects: 0 };
  });
}

/**
 * Closed buckets, conditions, locks and quotas, checked inside the transaction that commits the write. `size`: bytes of the object that are
 * not counted yet. Most buckets have no limit, which is found out on the way.
 */
export function placeOf(writer: Writer, target: WriteTarget, size: number, now: number): Place | WriteRefusal {
  const found = writer.get(
    `SELECT c.bucket_id, coalesce(u.max_bytes, u.max_objects, a.max_bytes, a.max_objects),
       v.kind, v.seq, v.version_id, v.size, v.etag, v.lock
     FROM (SELECT 1)
       LEFT JOIN closed_buckets c ON c.bucket_id = ?
       LEFT JOIN bucket_usage u ON u.bucket_id = ?
       LEFT JOIN account_usage a ON a.account = u.account
       LEFT JOIN versions v ON v.bucket_id = ? AND v.key = ?
     ORDER BY v.seq DESC LIMIT 1`,
    [target.bucketId, target.bucketId, target.bucketId, keyBytes(target.key)],
    ([closed, limit, kind, seq, versionId, before, etag, lock]) => ({
      closed: closed !== null,
      isLimited: limit !== null,
      latest:
        seq === null
          ? undefined
          : {
              kind: oneOf(versionKinds, kind),
              seq: integer(seq),
              versionId: text(versionId),
              size: integer(before),
              etag: text(etag),
              ...lockFrom(lock),
            },
    }),
  );
  if (found?.closed !== false) return { kind: "bucket-closed" };
  const { latest, isLimited } = found;
  const refusal = conditionRefusal(target.condition, currentObject(writer, latest, target.condition));
  const place = refusal ?? roomFor(writer, target, latest, now);
  if (place.kind !== "place" || !isLimited) return place;
  return quotaRefusal(writer, target.bucketId, () => growthIn(place, size)) ?? place;
}

/** Where the next version of a key goes: with versioning enabled beside the others, and else in the place of the version `null`. */
export function roomFor(
  reader: Reader,
  { bucketId, key, versioning }: Pick<WriteTarget, "bucketId" | "key" | "versioning">,
  latest: KnownRow | undefined,
  now: number,
): Place | WriteRefusal {
  if (versioning === "enabled" || latest === undefined) return { kind: "place", replaced: undefined };
  const id = nextVersionId(versioning, "");
  const replaced = latest.versionId === id ? latest : versionById(reader, bucketId, keyBytes(key), id);
  const isKept = isLocked(replaced?.lock, { now, bypassesGovernance: false });
  return isKept ? { kind: "locked" } : { kind: "place", replaced };
}

/** With its metadata only where the condition needs them. */
export function currentObject(
  writer: Writer,
  latest:
    | Pick<VersionRow & { kind: "object" }, "kind" | "seq" | "etag">
    | { readonly kind: "delete-marker" }
    | undefined,
  { seen }: Pick<WriteCondition, "seen">,
): CurrentObject {
  if (latest?.kind !== "object") return undefined;
  const { etag, seq } = latest;
  return { etag, content: handleOf(seq), metadata: seen === undefined ? {} : metadataOf(writer, seq) };
}

export function isClosed(writer: Writer, bucketId: string): boolean {
  return writer.get("SELECT 1 FROM closed_buckets WHERE bucket_id = ?", [bucketId], () => true) ?? false;
}

/** Adds a version whose content is there already; it becomes the latest. */
export function addObject(writer: Writer, args: Omit<PutArgs, "body">, seq: number, place: Place): Placed {
  const { target, object, now } = args;
  const { bucketId, owner } = target;
  const key = keyBytes(target.key);
  const versionId = makeRoom(writer, target, args.freshId, now, place);
  const { size, etag, checksum, storageClass } = object;
  const [algorithm, type, value] = [checksum?.algorithm ?? null, checksum?.type ?? null, checksum?.value ?? null];
  writer.run(
    `INSERT INTO versions (bucket_id, key, seq, version_id, kind, owner, modified, size, etag,
       checksum_algorithm, checksum_type, checksum_value, storage_class, lock)
     VALUES (?, ?, ?, ?, 'object', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      bucketId,
      key,
      seq,
      versionId,
      owner,
      now,
      size,
      etag,
      algorithm,
      type,
      value,
      storageClass,
      lockColumn(object.lock),
    ],
  );
  writer.run("INSERT INTO version_metadata (seq, document) VALUES (?, ?)", [seq, Buffer.from(object.metadata, "utf8")]);
  // As `refreshCurrent` does it, without reading: no version has a greater `seq`.
  writer.run(
    `INSERT OR REPLACE INTO current
       (bucket_id, key, size, etag, modified, owner, checksum_algorithm, checksum_type, storage_class)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [bucketId, key, size, etag, now, owner, algorithm, type, storageClass],
  );
  return { kind: "placed", seq, versionId };
}

/** Makes room for the next version of a key: the version that has its id already is removed, its bytes abandoned. Gives the id. */
export function makeRoom(
  writer: Writer,
  { bucketId, key, versioning }: Pick<WriteTarget, "bucketId" | "key" | "versioning">,
  freshId: string,
  now: number,
  { replaced }: Place,
): string {
  if (replaced !== undefined) removeVersion(writer, bucketId, keyBytes(key), replaced, now);
  return nextVersionId(versioning, freshId);
}

/**
 * Callers refresh `current` after it.
 * INVARIANT: before it they ask `isLocked`, in the same transaction and whatever the bucket was thought to be: it may have got Object Lock
 * after the request began.
 */
export function removeVersion(
  writer: Writer,
  bucketId: string,
  key: Buffer,
  { kind, seq }: Pick<VersionRow, "kind" | "seq">,
  now: number,
): void {
  writer.run("DELETE FROM versions WHERE bucket_id = ? AND key = ? AND seq = ?", [bucketId, key, seq]);
  if (kind === "object") abandon(writer, seq, now);
}

export interface ChangeArgs {
  readonly bucketId: string;
  readonly key: string;
  readonly seq: number;
  readonly change: MetadataChange;
  readonly seen: Pick<ObjectMetadata, "tags" | "acl"> | undefined;
  readonly now: number;
}

/** See `DataPlane.change`. */
export function changeVersion(
  writer: Writer,
  { bucketId, key, seq, change, seen, now }: ChangeArgs,
): { readonly kind: "changed" } | WriteRefusal {
  const version = versionBySeq(writer, bucketId, keyBytes(key), seq);
  if (version?.kind !== "object") throw new StoreError("conflict", "the version is gone");
  const metadata = metadataOf(writer, seq);
  if (seen !== undefined && !(sameTags(metadata.tags ?? [], seen.tags ?? []) && sameAcl(metadata.acl, seen.acl)))
    throw new StoreError("conflict", "the tags or the ACL of the version have changed");
  if ("legalHold" in change || "retention" in change) {
    const lock = changedLock(version.lock, change, now);
    if (lock === "locked") return { kind: lock };
    const place = [bucketId, keyBytes(key), seq];
    writer.run("UPDATE versions SET lock = ? WHERE bucket_id = ? AND key = ? AND seq = ?", [
      lockColumn(lock),
      ...place,
    ]);
    return { kind: "changed" };
  }
  if ("storageClass" in change) {
    const place = [bucketId, keyBytes(key), seq];
    const sql = "UPDATE versions SET storage_class = ? WHERE bucket_id = ? AND key = ? AND seq = ?";
    writer.run(sql, [change.storageClass, ...place]);
    refreshCurrent(writer, bucketId, keyBytes(key));
    return { kind: "changed" };
  }
  const { acl, ...rest } = { acl: metadata.acl, ...metadata, ...change };
  const document = Buffer.from(metadataDocument(acl === undefined ? rest : { ...rest, acl }), "utf8");
  writer.run("UPDATE version_metadata SET document = ? WHERE seq = ?", [document, seq]);
  return { kind: "changed" };
}

/** INVARIANT: `current` has a key exactly when its latest version is an object, with that version's values. */
export function refreshCurrent(writer: Writer, bucketId: string, key: Buffer): void {
  writer.run("DELETE FROM current WHERE bucket_id = ? AND key = ?", [bucketId, key]);
  writer.run(
    `INSERT INTO current (bucket_id, key, size, etag, modified, owner, checksum_algorithm, checksum_type, storage_class)
     SELECT bucket_id, key, size, etag, modified, owner, checksum_algorithm, checksum_type, storage_class
     FROM (SELECT * FROM versions WHERE bucket_id = ? AND key = ? ORDER BY seq DESC LIMIT 1) WHERE kind = 'object'`,
    [bucketId, key],
  );
}
