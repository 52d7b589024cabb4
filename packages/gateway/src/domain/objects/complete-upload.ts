import { createHash } from "node:crypto";
import type { WriteRefusal } from "../../ports/object-write.ts";
import type { Part, SummedPart } from "../../ports/upload.ts";

/** A part as the client names it in CompleteMultipartUpload. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: 5 MiB, no minimum for the last part. */
export const minPartSize = 5 * 1024 * 1024;

/**
 * The stored parts that the client named: each one stored as named, in ascending order, and large enough.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function chooseParts<Stored extends SummedPart>(
  stored: readonly Stored[],
  named: readonly NamedPart[],
): { readonly parts: readonly Stored[] } | WriteRefusal {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts: Stored[] = [];
  for (const { number, etag, checksum } of named) {
    const before = parts.at(-1);
    if (before !== undefined && number <= before.number) return { kind: "invalid-part-order", detail: String(number) };
    const part = byNumber.get(number);
    const fits = part?.etag === unquoted(etag) && (checksum === undefined || checksum === part.checksum.value);
    if (part === undefined || !fits) return { kind: "invalid-part", detail: String(number) };
    parts.push(part);
  }
  if (parts.length === 0) return { kind: "invalid-part" };
  const small = parts.slice(0, -1).find((part) => part.size < minPartSize);
  return small === undefined ? { parts } : { kind: "part-too-small", detail: String(small.number), size: small.size };
}

/**
 * "Uploads are sorted in ascending order within each key by the upload initiation time." The order of ids is that of the times, so a marker
 * says where a page begins. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export function uploadIdAt(initiatedAt: number, random: string): string {
  return initiatedAt.toString(16).padStart(12, "0") + random;
}

/** MD5 of the MD5s of all parts, and their number. */
export function multipartEtag(parts: readonly Pick<Part, "etag">[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(Buffer.from(part.etag, "hex"));
  return `${hash.digest("hex")}-${parts.length}`;
}

/** Two requests to complete an upload are the same request when their fingerprints are equal. */
export function requestFingerprint(parts: readonly NamedPart[]): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => [part.number, unquoted(part.etag), part.checksum ?? null])))
    .digest();
}

function unquoted(etag: string): string {
  return etag.startsWith('"') && etag.endsWith('"') && etag.length > 1 ? etag.slice(1, -1) : etag;
}
