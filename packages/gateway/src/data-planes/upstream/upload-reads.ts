import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  children,
  isChecksumAlgorithm,
  textOf,
  type XmlElement,
} from "@s3-credentials/protocol";
import type { NewUpload, Part, Upload } from "../../ports/upload.ts";
import { type EngineFault, unexpected } from "./engine-errors.ts";
import { ownerOfBucket, storageClassFrom, timeFrom, unquoted } from "./object-headers.ts";
import { factsOfListed, parseUploadId, type UploadFacts } from "./upload-ids.ts";
import type { Upstream } from "./upstream-reads.ts";

export const noUpload = { kind: "no-such-upload" } as const;

/** The parts of an upload from the first after a number; a `fault` when there is no such upload. */
async function askForParts(
  { client }: Upstream,
  bucket: string,
  key: string,
  engineId: string,
  after: number,
  limit: number,
): Promise<XmlElement | EngineFault> {
  const query = {
    uploadId: engineId,
    "max-parts": String(limit),
    ...(after === 0 ? {} : { "part-number-marker": String(after) }),
  };
  const answer = await client.sendForDocument({ method: "GET", bucket, key, query }, "ListPartsResult");
  return "kind" in answer ? answer : answer.root;
}

/** Engines answer to an id that they never gave in one of these ways. */
export function isNoUpload({ meaning }: EngineFault): boolean {
  return meaning === "no-upload" || meaning === "missing" || meaning === "invalid" || meaning === "no-bucket";
}

export async function findUpload(
  upstream: Upstream,
  bucket: string,
  key: string,
  uploadId: string,
): Promise<Upload | undefined> {
  const parsed = parseUploadId(uploadId);
  if (parsed === undefined) return undefined;
  const root = await askForParts(upstream, bucket, key, parsed.engineId, 0, 1);
  if ("kind" in root) {
    if (isNoUpload(root)) return undefined;
    throw unexpected(root);
  }
  const shown = { storageClass: storageClassFrom(textOf(root, "StorageClass")), checksum: checksumOf(root) };
  return uploadFrom(key, uploadId, parsed.facts ?? factsOfListed({ initiatedAt: 0, ...shown }));
}

export function uploadFrom(key: string, uploadId: string, { storageClass, ...facts }: UploadFacts): Upload {
  return { key, uploadId, owner: ownerOfBucket, metadata: { headers: {}, user: {}, storageClass }, ...facts };
}

/** Of an upload, as engines show it in listings. */
export function checksumOf(root: XmlElement): NewUpload["checksum"] {
  const algorithm = textOf(root, "ChecksumAlgorithm");
  if (algorithm === undefined || !isChecksumAlgorithm(algorithm)) return undefined;
  return { algorithm, type: textOf(root, "ChecksumType") === "COMPOSITE" ? "COMPOSITE" : "FULL_OBJECT" };
}

export function partChecksum(part: XmlElement): Pick<Part, "checksum"> {
  const found = checksumAlgorithms.flatMap((algorithm: ChecksumAlgorithm) => {
    const value = textOf(part, `Checksum${algorithm}`);
    return value === undefined ? [] : [{ algorithm, value }];
  });
  return found[0] === undefined ? {} : { checksum: found[0] };
}

const pageSize = 1000;

export async function listParts(
  upstream: Upstream,
  bucket: string,
  key: string,
  uploadId: string,
  after: number,
  limit: number,
): Promise<readonly Part[]> {
  const parsed = parseUploadId(uploadId);
  if (parsed === undefined) return [];
  const parts: Part[] = [];
  while (parts.length < limit) {
    const last = parts.at(-1)?.number ?? after;
    const wanted = Math.min(pageSize, limit - parts.length);
    const root = await askForParts(upstream, bucket, key, parsed.engineId, last, wanted);
    if ("kind" in root) {
      if (isNoUpload(root)) return [];
      throw unexpected(root);
    }
    // A page that does not go on would be asked for without end.
    const page = children(root, "Part").map(partFrom);
    const later = page.filter(({ number }) => number > last);
    parts.push(...later);
    if (later.length === 0 || textOf(root, "IsTruncated") !== "true") break;
  }
  return parts.slice(0, limit);
}

function partFrom(part: XmlElement): Part {
  return {
    number: Number(textOf(part, "PartNumber")),
    size: Number(textOf(part, "Size")),
    etag: unquoted(textOf(part, "ETag")),
    lastModified: timeFrom(textOf(part, "LastModified")),
    ...partChecksum(part),
  };
}
