import { type ChecksumAlgorithm, checksumAlgorithms, isChecksumAlgorithm } from "@s3-credentials/protocol";
import type { ListedObject } from "../../ports/object-listing.ts";
import {
  type ContentHandle,
  type DeleteMarker,
  type ObjectMetadata,
  type ObjectPart,
  type ObjectVersion,
  storageClasses,
  type StoredChecksum,
  type Version,
} from "../../ports/object-version.ts";
import type { ObjectLock } from "../../ports/object-lock.ts";
import type { SummedPart, Upload } from "../../ports/upload.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Row } from "../../stores/sql/database.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import { type SqlValue, integer, json, oneOf, optional, text, utf8 } from "../../stores/sql/sql-value.ts";
import { lockFrom } from "./lock-column.ts";
import { isThere, metadataFrom, storedMetadata } from "./metadata-document.ts";

export const versionColumns =
  "key, seq, version_id, kind, owner, modified, size, etag, checksum_algorithm, checksum_type, checksum_value, storage_class, lock";

/** A row of `versions`. `isLatest` and the side tables are added where they are needed. `seq`: greater is newer. */
export type VersionRow = (
  | (Omit<ObjectVersion, "isLatest" | "metadata" | "parts" | "content"> &
      Pick<ObjectMetadata, "storageClass"> & { readonly lock: ObjectLock | undefined })
  | (Omit<DeleteMarker, "isLatest"> & { readonly lock?: undefined })
) & { readonly seq: number };

export function versionRow(row: Row): VersionRow {
  const [key, seq, id, kind, owner, modified, size, etag, algorithm, type, value, storageClass, lock] = row;
  if (kind === "delete-marker")
    return {
      kind,
      key: utf8(key),
      versionId: text(id),
      seq: integer(seq),
      lastModified: integer(modified),
      owner: text(owner),
    };
  if (kind !== "object") throw new StoreError("corrupt", "a version of unknown kind");
  return {
    kind,
    key: utf8(key),
    versionId: text(id),
    seq: integer(seq),
    lastModified: integer(modified),
    owner: text(owner),
    size: integer(size),
    etag: text(etag),
    checksum: storedChecksum(algorithm, type, value),
    storageClass: oneOf(storageClasses, storageClass),
    lock: lockFrom(lock).lock,
  };
}

/** Greatest `seq` first: the latest version. */
export function latestVersion(reader: Reader, bucketId: string, key: Buffer): VersionRow | undefined {
  return reader.get(
    `SELECT ${versionColumns} FROM versions WHERE bucket_id = ? AND key = ? ORDER BY seq DESC LIMIT 1`,
    [bucketId, key],
    versionRow,
  );
}

export function versionById(reader: Reader, bucketId: string, key: Buffer, versionId: string): VersionRow | undefined {
  return reader.get(
    `SELECT ${versionColumns} FROM versions WHERE bucket_id = ? AND key = ? AND version_id = ?`,
    [bucketId, key, versionId],
    versionRow,
  );
}

export function versionBySeq(reader: Reader, bucketId: string, key: Buffer, seq: number): VersionRow | undefined {
  return reader.get(
    `SELECT ${versionColumns} FROM versions WHERE bucket_id = ? AND key = ? AND seq = ?`,
    [bucketId, key, seq],
    versionRow,
  );
}

/** Versions of the keys in `[from, to)`: by key, newest first. */
export function versionsBetween(
  reader: Reader,
  bucketId: string,
  from: Buffer,
  to: Buffer,
  limit: number,
): VersionRow[] {
  return firstRows(
    reader,
    `SELECT ${versionColumns} FROM versions
     WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY bucket_id, key, seq DESC LIMIT ?`,
    [bucketId, from, to],
    limit,
    versionRow,
  );
}

/** A listing reads one row after each common prefix, and `all` costs several times as much for one row as `get`. The limit is the last parameter. */
export function firstRows<T>(
  reader: Reader,
  sql: string,
  params: readonly SqlValue[],
  limit: number,
  row: (columns: Row) => T,
): T[] {
  if (limit !== 1) return reader.all(sql, [...params, limit], row);
  const one = reader.get(sql, [...params, limit], row);
  return one === undefined ? [] : [one];
}

/** Versions of one key older than `seq`. */
export function olderVersions(reader: Reader, bucketId: string, key: Buffer, seq: number, limit: number): VersionRow[] {
  return reader.all(
    `SELECT ${versionColumns} FROM versions
     WHERE bucket_id = ? AND key = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    [bucketId, key, seq, limit],
    versionRow,
  );
}

/** The handle of a version in this data plane is its `seq`. */
export function handleOf(seq: number): ContentHandle {
  return String(seq) as ContentHandle;
}

export function seqOf({ content }: Pick<ObjectVersion, "content">): number {
  return Number(content);
}

/** With everything that the side tables have. */
export function fullVersion(reader: Reader, row: VersionRow, isLatest: boolean): Version {
  if (row.kind === "delete-marker") return markerOf(row, isLatest);
  const parts = reader.get(
    "SELECT document FROM version_parts WHERE seq = coalesce((SELECT content FROM copies WHERE seq = ?), ?)",
    [row.seq, row.seq],
    ([bytes]) => bytes,
  );
  const metadata = reader.get("SELECT document FROM version_metadata WHERE seq = ?", [row.seq], ([bytes]) => bytes);
  return versionFrom(row, isLatest, { metadata, parts });
}

/** NULL or undefined: the table has no row. */
interface SideDocuments {
  readonly metadata: SqlValue | undefined;
  readonly parts: SqlValue | undefined;
}

export function versionFrom(row: VersionRow, isLatest: boolean, side: SideDocuments): Version {
  if (row.kind === "delete-marker") return markerOf(row, isLatest);
  const { storageClass, lock } = row;
  const metadata = Object.assign(storedMetadata(side.metadata), { storageClass }, lock === undefined ? {} : { lock });
  const version = objectFrom(row, isLatest, metadata);
  if (!isThere(side.parts)) return version;
  let parts: readonly ObjectPart[] | undefined;
  // Of ten thousand they take some milliseconds to read, and few requests ask for them.
  const get = (): readonly ObjectPart[] => (parts ??= partsFrom(side.parts));
  return Object.defineProperty(version, "parts", { get, enumerable: true });
}

/** Member by member, so that V8 gives all of them one shape, and what reads them is fast. */
function objectFrom(
  row: VersionRow & { readonly kind: "object" },
  isLatest: boolean,
  metadata: ObjectMetadata,
): ObjectVersion {
  return {
    kind: row.kind,
    key: row.key,
    versionId: row.versionId,
    content: handleOf(row.seq),
    isLatest,
    size: row.size,
    etag: row.etag,
    lastModified: row.lastModified,
    owner: row.owner,
    metadata,
    checksum: row.checksum,
    parts: [],
  };
}

/** Without the side tables. */
export function listedVersion({ isLatest, ...row }: VersionRow & { readonly isLatest: boolean }): Version {
  if (row.kind === "delete-marker") return markerOf(row, isLatest);
  return objectFrom(row, isLatest, { headers: {}, user: {}, storageClass: row.storageClass });
}

function markerOf(row: VersionRow & { readonly kind: "delete-marker" }, isLatest: boolean): DeleteMarker {
  const { seq: _, ...marker } = row;
  return { ...marker, isLatest };
}

/** Parts of a completed upload, in order; kept for reads by part number and object attributes. */
export type StoredPart = readonly [number: number, size: number, checksum: string, algorithm: ChecksumAlgorithm];

export function partsDocument(parts: readonly SummedPart[]): Buffer {
  const rows = parts.map(({ number, size, checksum }): StoredPart => [
    number,
    size,
    checksum.value,
    checksum.algorithm,
  ]);
  return Buffer.from(JSON.stringify(rows), "utf8");
}

function partsFrom(column: SqlValue | undefined): readonly ObjectPart[] {
  const parts = json(column);
  if (!Array.isArray(parts)) throw new StoreError("corrupt", "the parts of a version are not a list");
  return parts.map((part: unknown): ObjectPart => {
    const [, size, value, algorithm]: readonly unknown[] = Array.isArray(part) ? part : [];
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
      throw new StoreError("corrupt", "a part of a version has no size");
    // Objects of earlier versions have no algorithm here.
    if (algorithm === undefined) return { size };
    if (typeof value !== "string" || typeof algorithm !== "string" || !isChecksumAlgorithm(algorithm))
      throw new StoreError("corrupt", "the checksum of a part of a version is unreadable");
    return { size, checksum: { algorithm, value } };
  });
}

function storedChecksum(
  algorithm: SqlValue | undefined,
  type: SqlValue | undefined,
  value: SqlValue | undefined,
): StoredChecksum | undefined {
  const declared = declaredChecksum(algorithm, type);
  return declared === undefined ? undefined : { ...declared, value: text(value) };
}

function checksumAlgorithm(column: SqlValue | undefined): ChecksumAlgorithm {
  return oneOf(checksumAlgorithms, column);
}

function declaredChecksum(
  algorithm: SqlValue | undefined,
  type: SqlValue | undefined,
): Pick<StoredChecksum, "algorithm" | "type"> | undefined {
  const name = optional(checksumAlgorithm, algorithm);
  return name === undefined ? undefined : { algorithm: name, type: oneOf(["FULL_OBJECT", "COMPOSITE"], type) };
}

export function listedObject([key, size, etag, modified, owner, algorithm, type, storageClass]: Row): ListedObject {
  return {
    key: utf8(key),
    size: integer(size),
    etag: text(etag),
    lastModified: integer(modified),
    owner: text(owner),
    checksum: declaredChecksum(algorithm, type),
    storageClass: oneOf(storageClasses, storageClass),
  };
}

export const uploadColumns =
  "key, upload_id, initiated_at, initiator, owner, metadata, checksum_algorithm, checksum_type, storage_class, lock";

export function uploadFrom(row: Row): Upload {
  const [key, id, initiatedAt, initiator, owner, metadata, algorithm, type, storageClass, lock] = row;
  return {
    key: utf8(key),
    uploadId: text(id),
    initiatedAt: integer(initiatedAt),
    initiator: utf8(initiator),
    owner: text(owner),
    metadata: { ...metadataFrom(metadata), storageClass: oneOf(storageClasses, storageClass), ...lockFrom(lock) },
    checksum: declaredChecksum(algorithm, type),
  };
}

export const partColumns = "number, size, etag, modified, checksum_algorithm, checksum_value";

export function partFrom([number, size, etag, modified, algorithm, value]: Row): SummedPart {
  return {
    number: integer(number),
    size: integer(size),
    etag: text(etag),
    lastModified: integer(modified),
    checksum: { algorithm: checksumAlgorithm(algorithm), value: text(value) },
  };
}

const loneSurrogate = /\p{Cs}/u;

/**
 * Keys are stored and ordered as UTF-8.
 * INVARIANT: the name that was authorized is the name that is stored. A lone surrogate has no UTF-8 and would become a
 * different key, so it is refused here too, although the parsers refuse it before.
 */
export function keyBytes(key: string): Buffer {
  if (loneSurrogate.test(key)) throw new StoreError("corrupt", "a key that is not Unicode text");
  return Buffer.from(key, "utf8");
}

const identifier = /^[\w.~+/=-]{1,1024}$/;

/** Clients may send any text as the id of a version or upload. An id that this data plane cannot have made is not looked up. */
export function isIdentifier(id: string): boolean {
  return identifier.test(id);
}
