import { createHash } from "node:crypto";
import type { StoredChecksum, Upload, WriteRefusal, WriteTarget, Written } from "../../ports/data-plane.ts";
import type { Writer } from "../../stores/sqlite/connection.ts";
import { blob, integer } from "../../stores/sqlite/sql-value.ts";
import { abandon, moveSegments, nextNumber } from "./manifests.ts";
import { isIdentifier, keyOctets } from "./key-octets.ts";
import { multipartChecksum } from "./multipart-checksum.ts";
import { type HeldPart, forgetUpload, openUpload, partsOf } from "./upload-procedures.ts";
import { latestVersion, metadataDocument, partsDocument, versionBySeq, wholeVersion } from "./version-rows.ts";
import { addObject, isClosed, refusalOf } from "./write-version.ts";

export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum?: string;
}

export interface CompleteArgs {
  readonly target: WriteTarget;
  readonly uploadId: string;
  readonly parts: readonly NamedPart[];
  readonly freshId: string;
  readonly now: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: 5 MiB, no minimum for the last part. */
const minimumPartSize = 5 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function completeUpload(writer: Writer, args: CompleteArgs): Written | WriteRefusal {
  const { target, uploadId } = args;
  if (isClosed(writer, target.bucketId)) return { kind: "bucket-closed" };
  const upload = openUpload(writer, target.bucketId, target.key, uploadId);
  if (upload === undefined) return completedBefore(writer, args);
  const held = partsOf(writer, uploadId);
  const chosen = choose(held, args.parts);
  if ("kind" in chosen) return chosen;
  const checksum = multipartChecksum(upload.checksum, chosen.parts);
  if (checksum === "mismatch") return { kind: "invalid-part", detail: "checksum algorithm" };
  const refusal = refusalOf(writer, target);
  if (refusal !== undefined) return refusal;
  return { kind: "written", version: assemble(writer, args, upload, held, chosen.parts, checksum) };
}

/** The parts named, all there as named, in order, and large enough. */
function choose(
  held: readonly HeldPart[],
  named: readonly NamedPart[],
): { readonly parts: readonly HeldPart[] } | WriteRefusal {
  const byNumber = new Map(held.map((part) => [part.number, part]));
  const parts: HeldPart[] = [];
  for (const { number, etag, checksum } of named) {
    const before = parts.at(-1);
    if (before !== undefined && number <= before.number) return { kind: "invalid-part-order", detail: String(number) };
    const part = byNumber.get(number);
    const fits = part?.etag === unquoted(etag) && (checksum === undefined || checksum === part.checksum.value);
    if (part === undefined || !fits) return { kind: "invalid-part", detail: String(number) };
    parts.push(part);
  }
  if (parts.length === 0) return { kind: "invalid-part" };
  const small = parts.slice(0, -1).find((part) => part.size < minimumPartSize);
  return small === undefined ? { parts } : { kind: "part-too-small", detail: String(small.number) };
}

function unquoted(etag: string): string {
  return etag.startsWith('"') && etag.endsWith('"') && etag.length > 1 ? etag.slice(1, -1) : etag;
}

/** Moves the rows of the parts under the new version; parts not named are abandoned. */
function assemble(
  writer: Writer,
  args: CompleteArgs,
  upload: Upload,
  held: readonly HeldPart[],
  parts: readonly HeldPart[],
  checksum: StoredChecksum | undefined,
): Written["version"] {
  const { target, uploadId, now } = args;
  const seq = nextNumber(writer);
  const used = new Set(parts.map((part) => part.holder));
  for (const { holder, number } of held) {
    if (used.has(holder)) continue;
    abandon(writer, holder, now);
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
  };
  const version = addObject(writer, { target, freshId: args.freshId, now, object }, seq);
  writer.run(
    "INSERT INTO completed_uploads (upload_id, bucket_id, key, seq, request, completed_at) VALUES (?, ?, ?, ?, ?, ?)",
    [uploadId, target.bucketId, keyOctets(target.key), seq, fingerprint(args.parts), now],
  );
  return version;
}

/** MD5 of the parts' MD5s, and their number. */
function multipartEtag(parts: readonly HeldPart[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(Buffer.from(part.etag, "hex"));
  return `${hash.digest("hex")}-${parts.length}`;
}

/** A client that lost the answer asks again with the same parts and gets the same version, while it is there. */
function completedBefore(writer: Writer, args: CompleteArgs): Written | WriteRefusal {
  const { bucketId, key } = args.target;
  if (!isIdentifier(args.uploadId)) return { kind: "no-such-upload" };
  const done = writer.get(
    "SELECT seq, request FROM completed_uploads WHERE upload_id = ? AND bucket_id = ? AND key = ?",
    [args.uploadId, bucketId, keyOctets(key)],
    ([seq, request]) => ({ seq: integer(seq), request: blob(request) }),
  );
  if (done === undefined || !done.request.equals(fingerprint(args.parts))) return { kind: "no-such-upload" };
  const bare = versionBySeq(writer, bucketId, keyOctets(key), done.seq);
  const latest = latestVersion(writer, bucketId, keyOctets(key));
  const version = bare === undefined ? undefined : wholeVersion(writer, bare, latest?.seq === done.seq);
  return version?.kind === "object" ? { kind: "written", version } : { kind: "no-such-upload" };
}

function fingerprint(parts: readonly NamedPart[]): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => [part.number, unquoted(part.etag), part.checksum ?? null])))
    .digest();
}
