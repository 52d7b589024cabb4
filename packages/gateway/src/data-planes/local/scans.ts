import type { ListedObject, ScanStart, Upload, Version } from "../../ports/data-plane.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import { after, greater, prefixRange } from "../../stores/sqlite/byte-range.ts";
import { isIdentifier, keyOctets } from "./key-octets.ts";
import {
  type BareVersion,
  latestVersion,
  listedObject,
  noMetadata,
  olderVersions,
  uploadColumns,
  uploadFrom,
  versionsBetween,
} from "./version-rows.ts";

interface KeyRange {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** All scans walk one range of an index; SQLite compares BLOBs octet by octet, which is the order of S3's listings. */
function rangeOf(prefix: string, start: Omit<ScanStart, "seq"> | undefined): KeyRange {
  const { from, to } = prefixRange(keyOctets(prefix));
  if (start === undefined) return { from, to };
  const key = keyOctets(start.key);
  if (start.pastPrefix === true) return { from: greater(from, prefixRange(key).to), to };
  return { from: greater(from, start.inclusive ? key : after(key)), to };
}

export function scanObjects(
  reader: Reader,
  bucketId: string,
  prefix: string,
  start: ScanStart | undefined,
  limit: number,
): readonly ListedObject[] {
  const { from, to } = rangeOf(prefix, start);
  return reader.all(
    `SELECT key, size, etag, modified, owner, checksum_algorithm, checksum_type FROM current
     WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY bucket_id, key LIMIT ?`,
    [bucketId, from, to, limit],
    listedObject,
  );
}

export function scanVersions(
  reader: Reader,
  bucketId: string,
  prefix: string,
  start: ScanStart | undefined,
  limit: number,
): readonly Version[] {
  if (start?.seq === undefined || start.pastPrefix === true) {
    const { from, to } = rangeOf(prefix, start);
    return marked(versionsBetween(reader, bucketId, from, to, limit), undefined);
  }
  const key = keyOctets(start.key);
  const { from, to } = rangeOf(prefix, { key: start.key, inclusive: false });
  const within = Buffer.compare(key, rangeOf(prefix, undefined).from) >= 0 && Buffer.compare(key, to) < 0;
  const rest = within ? olderVersions(reader, bucketId, key, start.seq, limit) : [];
  const others = rest.length < limit ? versionsBetween(reader, bucketId, from, to, limit - rest.length) : [];
  return [...marked(rest, latestVersion(reader, bucketId, key)?.seq), ...marked(others, undefined)];
}

/** The first of each key is its latest; for a key begun in the middle the latest is told. */
function marked(found: readonly BareVersion[], latestSeq: number | undefined): readonly Version[] {
  return found.map((bare, index) => {
    const isLatest = latestSeq === undefined ? found[index - 1]?.key !== bare.key : bare.seq === latestSeq;
    return bare.kind === "object" ? { ...bare, isLatest, metadata: noMetadata, partSizes: [] } : { ...bare, isLatest };
  });
}

export type UploadStart = Omit<ScanStart, "seq"> & { readonly uploadId?: string };

export function scanUploads(
  reader: Reader,
  bucketId: string,
  prefix: string,
  start: UploadStart | undefined,
  limit: number,
): readonly Upload[] {
  if (start?.uploadId === undefined || start.pastPrefix === true || !isIdentifier(start.uploadId)) {
    return uploadsBetween(reader, bucketId, rangeOf(prefix, start), limit);
  }
  const all = rangeOf(prefix, undefined);
  const key = keyOctets(start.key);
  const within = Buffer.compare(key, all.from) >= 0 && Buffer.compare(key, all.to) < 0;
  const rest = within ? laterUploads(reader, bucketId, key, start.uploadId, limit) : [];
  const range = rangeOf(prefix, { key: start.key, inclusive: false });
  return rest.length < limit ? [...rest, ...uploadsBetween(reader, bucketId, range, limit - rest.length)] : rest;
}

function uploadsBetween(reader: Reader, bucketId: string, range: KeyRange, limit: number): readonly Upload[] {
  return reader.all(
    `SELECT ${uploadColumns} FROM uploads
     WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY bucket_id, key, upload_id LIMIT ?`,
    [bucketId, range.from, range.to, limit],
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
