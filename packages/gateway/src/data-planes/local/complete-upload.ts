import {
  chooseParts,
  multipartEtag,
  type NamedPart,
  requestFingerprint,
} from "../../domain/objects/complete-upload.ts";
import { multipartChecksum } from "../../domain/objects/multipart-checksum.ts";
import type { StoredChecksum, Upload, WriteRefusal, WriteTarget, Written } from "../../ports/data-plane.ts";
import type { Writer } from "../../stores/sqlite/connection.ts";
import { blob, integer } from "../../stores/sqlite/sql-value.ts";
import { abandon, moveSegments, nextNumber } from "./manifests.ts";
import { isIdentifier, keyBytes } from "./key-bytes.ts";
import { type PartRow, forgetUpload, openUpload, partsOf } from "./upload-procedures.ts";
import { latestVersion, metadataDocument, partsDocument, versionBySeq, fullVersion } from "./version-rows.ts";
import { addObject, isClosed, refusalOf } from "./write-version.ts";

export interface CompleteArgs {
  readonly target: WriteTarget;
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
  const refusal = refusalOf(writer, target);
  if (refusal !== undefined) return refusal;
  return { kind: "written", version: assemble(writer, args, upload, stored, chosen.parts, checksum) };
}

/** Moves the segments of the parts to the new version. Parts that were not named are abandoned. */
function assemble(
  writer: Writer,
  args: CompleteArgs,
  upload: Upload,
  stored: readonly PartRow[],
  parts: readonly PartRow[],
  checksum: StoredChecksum | undefined,
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
  };
  const version = addObject(writer, { target, freshId: args.freshId, now, object }, seq);
  writer.run(
    "INSERT INTO completed_uploads (upload_id, bucket_id, key, seq, request, completed_at) VALUES (?, ?, ?, ?, ?, ?)",
    [uploadId, target.bucketId, keyBytes(target.key), seq, requestFingerprint(args.parts), now],
  );
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
