import type { Part, Upload, WriteRefusal } from "../../ports/data-plane.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Writer } from "../../stores/sqlite/connection.ts";
import { integer } from "../../stores/sqlite/sql-value.ts";
import { type NewBody, type SharedSegment, abandon, addContent, nextNumber } from "./manifests.ts";
import { isIdentifier, keyBytes } from "./key-bytes.ts";
import { metadataDocument, partColumns, partFrom, uploadColumns, uploadFrom } from "./version-rows.ts";
import { isClosed } from "./write-version.ts";

export interface CreateUploadArgs {
  readonly bucketId: string;
  readonly upload: Upload;
}

export function createUpload(
  writer: Writer,
  { bucketId, upload }: CreateUploadArgs,
): WriteRefusal | { readonly kind: "created"; readonly upload: Upload } {
  if (isClosed(writer, bucketId)) return { kind: "bucket-closed" };
  if (!isIdentifier(upload.uploadId)) throw new StoreError("corrupt", "an upload id that cannot be found again");
  writer.run(
    `INSERT INTO uploads (bucket_id, key, upload_id, initiated_at, initiator, owner, metadata,
       checksum_algorithm, checksum_type, storage_class)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      bucketId,
      keyBytes(upload.key),
      upload.uploadId,
      upload.initiatedAt,
      Buffer.from(upload.initiator, "utf8"),
      upload.owner,
      metadataDocument(upload.metadata),
      upload.checksum?.algorithm ?? null,
      upload.checksum?.type ?? null,
      upload.metadata.storageClass,
    ],
  );
  return { kind: "created", upload };
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
  readonly part: Part;
  /** One segment at most, so that an object never has more of them than an upload has parts. */
  readonly body: NewBody | SharedSegment;
}

/** A part that is sent again replaces the first. */
export function putPart(
  writer: Writer,
  args: PutPartArgs,
): { readonly kind: "part"; readonly part: Part } | WriteRefusal {
  if (isClosed(writer, args.bucketId)) return { kind: "bucket-closed" };
  if (openUpload(writer, args.bucketId, args.key, args.uploadId) === undefined) return { kind: "no-such-upload" };
  const { part, uploadId } = args;
  const contentId = nextNumber(writer);
  if (!addContent(writer, contentId, args.body)) return { kind: "no-such-version" };
  const replaced = writer.get(
    "DELETE FROM parts WHERE upload_id = ? AND number = ? RETURNING holder",
    [uploadId, part.number],
    ([old]) => integer(old),
  );
  if (replaced !== undefined) abandon(writer, replaced, part.lastModified);
  writer.run(
    `INSERT INTO parts (upload_id, number, holder, size, etag, modified, checksum_algorithm, checksum_value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
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

export interface PartRow extends Part {
  readonly contentId: number;
}

export function partsOf(reader: Reader, uploadId: string): readonly PartRow[] {
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

export function forgetUpload(writer: Writer, bucketId: string, key: string, uploadId: string): void {
  writer.run("DELETE FROM uploads WHERE bucket_id = ? AND key = ? AND upload_id = ?", [
    bucketId,
    keyBytes(key),
    uploadId,
  ]);
}
