import { listEntries, passedPrefix } from "../../domain/listing/list-entries.ts";
import type { ListedObject, Listing, ListQuery } from "../../ports/object-listing.ts";
import type { Version } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import { after as afterBytes, greater, prefixRange } from "../../stores/sql/byte-range.ts";
import {
  type VersionRow,
  firstRows,
  isIdentifier,
  keyBytes,
  latestVersion,
  listedObject,
  listedVersion,
  olderVersions,
  uploadColumns,
  uploadFrom,
  versionById,
  versionsBetween,
} from "./version-rows.ts";

interface KeyRange {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** Where a scan begins. `seq` and `uploadId`: within the versions or uploads of that key. */
interface ScanStart {
  readonly key: string;
  readonly at: "key" | "after-key" | "after-prefix";
  readonly seq?: number;
  readonly uploadId?: string;
}

type Listed = VersionRow & { readonly isLatest: boolean };

const past = (prefix: string): ScanStart => ({ key: prefix, at: "after-prefix" });
const after = ({ key }: { readonly key: string }): ScanStart => ({ key, at: "after-key" });

export function listObjects(reader: Reader, bucketId: string, query: ListQuery): Promise<Listing<ListedObject>> {
  return listEntries<ListedObject, ScanStart>(
    { ...query, start: startOf(query) },
    {
      scan: async (start, size) => scanObjects(reader, bucketId, query.prefix, start, size),
      after,
      past,
      turn: query.turn,
    },
  );
}

export async function listVersions(reader: Reader, bucketId: string, query: ListQuery): Promise<Listing<Version>> {
  const { entries, truncated } = await listEntries<Listed, ScanStart>(
    { ...query, start: versionStart(reader, bucketId, query) },
    {
      scan: async (start, size) => scanVersions(reader, bucketId, query.prefix, start, size),
      after: ({ key, seq }) => ({ key, at: "after-key", seq }),
      past,
      turn: query.turn,
    },
  );
  return {
    entries: entries.map((entry) => (entry.kind === "item" ? { ...entry, item: listedVersion(entry.item) } : entry)),
    truncated,
  };
}

export function listUploads(reader: Reader, bucketId: string, query: ListQuery): Promise<Listing<Upload>> {
  const id = query.after?.id;
  const start = startOf(query);
  return listEntries<Upload, ScanStart>(
    { ...query, start: start?.at !== "after-key" || id === undefined ? start : { ...start, uploadId: id } },
    {
      scan: async (from, size) => scanUploads(reader, bucketId, query.prefix, from, size),
      after: ({ key, uploadId }) => ({ key, at: "after-key", uploadId }),
      past,
      turn: query.turn,
    },
  );
}

function startOf(query: ListQuery): ScanStart | undefined {
  if (query.after === undefined) return undefined;
  const passed = passedPrefix(query.after.key, query);
  return passed === undefined ? after(query.after) : past(passed);
}

/** A version that was deleted since the page before: its key is listed from its first version again, which repeats entries and loses none. */
function versionStart(reader: Reader, bucketId: string, query: ListQuery): ScanStart | undefined {
  const { key, id } = query.after ?? {};
  const start = startOf(query);
  if (start?.at !== "after-key" || key === undefined || id === undefined) return start;
  const version = isIdentifier(id) ? versionById(reader, bucketId, keyBytes(key), id) : undefined;
  return version === undefined ? { key, at: "key" } : { key, at: "after-key", seq: version.seq };
}

/** All scans walk one range of an index. SQLite compares BLOBs byte by byte, which is the order of S3's listings. */
function rangeOf(prefix: string, start: ScanStart | undefined): KeyRange {
  const { from, to } = prefixRange(keyBytes(prefix));
  if (start === undefined) return { from, to };
  const key = keyBytes(start.key);
  if (start.at === "after-prefix") return { from: greater(from, prefixRange(key).to), to };
  return { from: greater(from, start.at === "key" ? key : afterBytes(key)), to };
}

function scanObjects(
  reader: Reader,
  bucketId: string,
  prefix: string,
  start: ScanStart | undefined,
  limit: number,
): readonly ListedObject[] {
  const { from, to } = rangeOf(prefix, start);
  return firstRows(
    reader,
    `SELECT key, size, etag, modified, owner, checksum_algorithm, checksum_type, storage_class FROM current
     WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY bucket_id, key LIMIT ?`,
    [bucketId, from, to],
    limit,
    listedObject,
  );
}

function scanVersions(
  reader: Reader,
  bucketId: string,
  prefix: string,
  start: ScanStart | undefined,
  limit: number,
): readonly Listed[] {
  const { from, to } = rangeOf(prefix, start);
  const key = start?.seq === undefined ? undefined : keyBytes(start.key);
  if (start?.seq === undefined || key === undefined)
    return marked(versionsBetween(reader, bucketId, from, to, limit), undefined);
  const rest = isWithin(key, prefix) ? olderVersions(reader, bucketId, key, start.seq, limit) : [];
  const others = rest.length < limit ? versionsBetween(reader, bucketId, from, to, limit - rest.length) : [];
  return [...marked(rest, latestVersion(reader, bucketId, key)?.seq), ...marked(others, undefined)];
}

/** Marks the rows themselves, which were read for this. The first version of each key is its latest; within a key the caller says which is. */
function marked(found: readonly VersionRow[], latestSeq: number | undefined): readonly Listed[] {
  return found.map((row, index) =>
    Object.assign(row, {
      isLatest: latestSeq === undefined ? found[index - 1]?.key !== row.key : row.seq === latestSeq,
    }),
  );
}

function scanUploads(
  reader: Reader,
  bucketId: string,
  prefix: string,
  start: ScanStart | undefined,
  limit: number,
): readonly Upload[] {
  const range = rangeOf(prefix, start);
  if (start?.uploadId === undefined || !isIdentifier(start.uploadId))
    return uploadsBetween(reader, bucketId, range, limit);
  const key = keyBytes(start.key);
  const rest = isWithin(key, prefix) ? laterUploads(reader, bucketId, key, start.uploadId, limit) : [];
  return rest.length < limit ? [...rest, ...uploadsBetween(reader, bucketId, range, limit - rest.length)] : rest;
}

function isWithin(key: Buffer, prefix: string): boolean {
  const { from, to } = rangeOf(prefix, undefined);
  return Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0;
}

function uploadsBetween(reader: Reader, bucketId: string, range: KeyRange, limit: number): readonly Upload[] {
  return firstRows(
    reader,
    `SELECT ${uploadColumns} FROM uploads
     WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY bucket_id, key, upload_id LIMIT ?`,
    [bucketId, range.from, range.to],
    limit,
    uploadFrom,
  );
}

function laterUploads(
  reader: Reader,
  bucketId: string,
  key: Buffer,
  uploadId: string,
  limit: number,
): readonly Upload[] {
  return reader.all(
    `SELECT ${uploadColumns} FROM uploads
     WHERE bucket_id = ? AND key = ? AND upload_id > ? ORDER BY upload_id LIMIT ?`,
    [bucketId, key, uploadId, limit],
    uploadFrom,
  );
}
