import type { StoredChecksum } from "../../ports/object-version.ts";
import type { CompleteTarget, WriteRefusal, Written } from "../../ports/object-write.ts";
import type { SummedPart, Upload } from "../../ports/upload.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Writer } from "../../stores/sqlite/connection.ts";
import { blob, integer } from "../../stores/sql/sql-value.ts";
import { type NewBody, type SharedSegment, abandon, addContent, moveSegments, nextNumber } from "./manifests.ts";
import {
  fullVersion,
  isIdentifier,
  keyBytes,
  latestVersion,
  partColumns,
  partFrom,
  partsDocument,
  uploadColumns,
  uploadFrom,
  versionBySeq,
} from "./version-rows.ts";
import { lockColumn } from "./lock-column.ts";
import { metadataDocument } from "./metadata-document.ts";
import { quotaRefusal } from "./quota-rows.ts";
import { addObject, isClosed, type Place, placeOf } from "./write-version.ts";
import {
  type NamedPart,
  chooseParts,
  multipartEtag,
  requestFingerprint,
} from "../../domain/objects/complete-upload.ts";
import { completedLock } from "../../domain/objects/object-lock.ts";
import { multipartChecksum } from "../../domain/objects/multipart-checksum.ts";

export interface CreateUploadArgs {
  readonly bucketId: string;
  readonly upload: Upload;
}

export function createUpload(
  writer: Writer,
  { bucketId, upload }: CreateUploadArgs,
): WriteRefusal | { readonly kind: "created"; readonly upload: Upload } {
  if (isClosed(writer, bucketId)) return { kind: "bucket-closed" };
  const refused = uploadQuotaRefusal(writer, bucketId, upload.key);
  if (refused !== undefined) return refused;
  if (!isIdentifier(upload.uploadId)) throw new StoreError("corrupt", "an upload id that cannot be found again");
  writer.run(
    `INSERT INTO uploads (bucket_id, key, upload_id, initiated_at, initiator, owner, metadata,
       checksum_algorithm, checksum_type, storage_class, lock)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      bucketId,
      keyBytes(upload.key),
      upload.uploadId,
      upload.initiatedAt,
      Buffer.from(upload.initiator, "utf8"),
      upload.owner,
      Buffer.from(metadataDocument(upload.metadata), "utf8"),
      upload.checksum?.algorithm ?? null,
      upload.checksum?.type ?? null,
      upload.metadata.storageClass,
      lockColumn(upload.metadata.lock),
    ],
  );
  return { kind: "created", upload };
}

/** Refused before its parts are sent, when there will be no room for one object more. A key that has versions already may get no more of them. */
function uploadQuotaRefusal(writer: Writer, bucketId: string, key: string): WriteRefusal | undefined {
  return quotaRefusal(writer, bucketId, () => {
    const isNew = latestVersion(writer, bucketId, keyBytes(key)) === undefined;
    return { bytes: 0, objects: isNew ? 1 : 0 };
  });
}

/** Only under its own bucket and key: an upload id alone opens nothing. */
export function openUpload(reader: Reader, bucketId: string, key: string, uploadId: string): Upload | undefined {
  if (!isIdentifier(uploadId)) return undefined;
  return reader.get(
    `SELECT ${uploadColumns} FROM uploads WHERE bucket_id = ? AND key = ? AND upload_id = ?`,
    [bucketId, keyBytes(key), uploadId],
    uploadFrom,
  );
}

export interface PutPartArgs {
  readonly bucketId: string;
  readonly key: string;
  readonly uploadId: string;
  readonly part: SummedPart;
  /** One segment at most, so that an object never has more of them than an upload has parts. */
  readonly body: NewBody | SharedSegment;
}

/** A part that is sent again replaces the first. */
export function putPart(
  writer: Writer,
  args: PutPartArgs,
): { readonly kind: "part"; readonly part: SummedPart } | WriteRefusal {
  if (isClosed(writer, args.bucketId)) return { kind: "bucket-closed" };
  if (openUpload(writer, args.bucketId, args.key, args.uploadId) === undefined) return { kind: "no-such-upload" };
  const { part, uploadId } = args;
  const refused = partQuotaRefusal(writer, args.bucketId, uploadId, part);
  if (refused !== undefined) return refused;
  const contentId = nextNumber(writer);
  if (!addContent(writer, contentId, args.body)) return { kind: "no-such-version" };
  const replaced = writer.get(
    "DELETE FROM parts WHERE upload_id = ? AND number = ? RETURNING holder",
    [uploadId, part.number],
    ([old]) => integer(old),
  );
  if (replaced !== undefined) abandon(writer, replaced, part.lastModified);
  writer.run(
    `INSERT INTO parts (bucket_id, upload_id, number, holder, size, etag, modified, checksum_algorithm, checksum_value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      args.bucketId,
      uploadId,
      part.number,
      contentId,
      part.size,
      part.etag,
      part.lastModified,
      part.checksum.algorithm,
      part.checksum.value,
    ],
  );
  return { kind: "part", part };
}

/** Also before the bytes of a part are read. A part that is sent again gives back what the first one had. */
export function partQuotaRefusal(
  reader: Reader,
  bucketId: string,
  uploadId: string,
  { number, size }: Pick<SummedPart, "number" | "size">,
): WriteRefusal | undefined {
  return quotaRefusal(reader, bucketId, () => {
    const sql = "SELECT size FROM parts WHERE upload_id = ? AND number = ?";
    const replaced = reader.get(sql, [uploadId, number], ([old]) => integer(old)) ?? 0;
    return { bytes: size - replaced, objects: 0 };
  });
}

export interface PartRow extends SummedPart {
  readonly contentId: number;
}

/** By number, from after `after`. */
export function partsAfter(reader: Reader, uploadId: string, after: number, limit: number): readonly SummedPart[] {
  const sql = `SELECT ${partColumns} FROM parts WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?`;
  return reader.all(sql, [uploadId, after, limit], partFrom);
}

function partsOf(reader: Reader, uploadId: string): readonly PartRow[] {
  return reader.all(
    `SELECT ${partColumns}, holder FROM parts WHERE upload_id = ? ORDER BY number`,
    [uploadId],
    (columns) => ({ ...partFrom(columns), contentId: integer(columns[6]) }),
  );
}

export interface AbortArgs {
  readonly bucketId: string;
  readonly key: string;
  readonly uploadId: string;
  readonly now: number;
}

export function abortUpload(writer: Writer, args: AbortArgs): boolean {
  if (openUpload(writer, args.bucketId, args.key, args.uploadId) === undefined) return false;
  forgetUpload(writer, args.bucketId, args.key, args.uploadId);
  for (const part of partsOf(writer, args.uploadId)) abandon(writer, part.contentId, args.now);
  writer.run("DELETE FROM parts WHERE upload_id = ?", [args.uploadId]);
  return true;
}

function forgetUpload(writer: Writer, bucketId: string, key: string, uploadId: string): void {
  writer.run("DELETE FROM uploads WHERE bucket_id = ? AND key = ? AND upload_id = ?", [
    bucketId,
    keyBytes(key),
    uploadId,
  ]);
}

export interface CompleteArgs {
  readonly target: CompleteTarget;
  readonly uploadId: string;
  readonly parts: readonly NamedPart[];
  readonly freshId: string;
  readonly now: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function completeUpload(writer: Writer, args: CompleteArgs): Written | WriteRefusal {
  const { target, uploadId } = args;
  if (isClosed(writer, target.bucketId)) return { kind: "bucket-closed" };
  const upload = openUpload(writer, target.bucketId, target.key, uploadId);
  if (upload === undefined) return completedBefore(writer, args);
  const stored = partsOf(writer, uploadId);
  const chosen = chooseParts(stored, args.parts);
  if ("kind" in chosen) return chosen;
  const checksum = multipartChecksum(upload.checksum, chosen.parts);
  if (checksum === "mismatch") return { kind: "invalid-part", detail: "checksum algorithm" };
  // The bytes are counted already, as those of the parts.
  const place = placeOf(writer, target, 0, args.now);
  if (place.kind !== "place") return place;
  return { kind: "written", version: assemble(writer, args, upload, stored, chosen.parts, checksum, place) };
}

/** Moves the segments of the parts to the new version. Parts that were not named are abandoned. */
function assemble(
  writer: Writer,
  args: CompleteArgs,
  upload: Upload,
  stored: readonly PartRow[],
  parts: readonly PartRow[],
  checksum: StoredChecksum | undefined,
  place: Place,
): Written["version"] {
  const { target, uploadId, now } = args;
  const seq = nextNumber(writer);
  const used = new Set(parts.map((part) => part.contentId));
  for (const { contentId, number } of stored) {
    if (used.has(contentId)) continue;
    abandon(writer, contentId, now);
    writer.run("DELETE FROM parts WHERE upload_id = ? AND number = ?", [uploadId, number]);
  }
  moveSegments(writer, uploadId, seq);
  writer.run("DELETE FROM parts WHERE upload_id = ?", [uploadId]);
  forgetUpload(writer, target.bucketId, target.key, uploadId);
  writer.run("INSERT INTO version_parts (seq, document) VALUES (?, ?)", [seq, partsDocument(parts)]);
  const object = {
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: multipartEtag(parts),
    checksum,
    metadata: metadataDocument(upload.metadata),
    storageClass: upload.metadata.storageClass,
    lock: completedLock(upload.metadata.lock, target.defaultRetention),
  };
  addObject(writer, { target, freshId: args.freshId, now, object }, seq, place);
  writer.run(
    "INSERT INTO completed_uploads (upload_id, bucket_id, key, seq, request, completed_at) VALUES (?, ?, ?, ?, ?, ?)",
    [uploadId, target.bucketId, keyBytes(target.key), seq, requestFingerprint(args.parts), now],
  );
  const row = versionBySeq(writer, target.bucketId, keyBytes(target.key), seq);
  const version = row === undefined ? undefined : fullVersion(writer, row, true);
  if (version?.kind !== "object") throw new StoreError("corrupt", "a version that was just written is missing");
  return version;
}

/** A client that lost the answer sends the same request again and gets the same version, while the version exists. */
function completedBefore(writer: Writer, args: CompleteArgs): Written | WriteRefusal {
  const { bucketId, key } = args.target;
  if (!isIdentifier(args.uploadId)) return { kind: "no-such-upload" };
  const done = writer.get(
    "SELECT seq, request FROM completed_uploads WHERE upload_id = ? AND bucket_id = ? AND key = ?",
    [args.uploadId, bucketId, keyBytes(key)],
    ([seq, request]) => ({ seq: integer(seq), request: blob(request) }),
  );
  if (done === undefined || !done.request.equals(requestFingerprint(args.parts))) return { kind: "no-such-upload" };
  const row = versionBySeq(writer, bucketId, keyBytes(key), done.seq);
  const latest = latestVersion(writer, bucketId, keyBytes(key));
  const version = row === undefined ? undefined : fullVersion(writer, row, latest?.seq === done.seq);
  return version?.kind === "object" ? { kind: "written", version } : { kind: "no-such-upload" };
}
