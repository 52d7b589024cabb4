import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  children,
  element,
  isChecksumAlgorithm,
  renderXml,
  textOf,
  type VerifiedBody,
  type XmlElement,
} from "@s3-credentials/protocol";
import { minPartSize, multipartEtag, type NamedPart } from "../../domain/objects/complete-upload.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { ByteRange, CustomerKey } from "../../ports/object-bytes.ts";
import type { CompleteTarget, CopySource, WriteRefusal, WriteTarget, Written } from "../../ports/object-write.ts";
import type { NewUpload, Part, Upload } from "../../ports/upload.ts";
import { digestedBody } from "../local/write-body.ts";
import { Unsupported } from "../../ports/store-error.ts";
import { need } from "./abilities.ts";
import { type EngineFault, unexpected } from "./engine-errors.ts";
import { metadataHeaders, ownerOfBucket, storageClassFrom, timeFrom, unquoted } from "./object-headers.ts";
import { sendBody, storedEtag } from "./send-body.ts";
import { factsOfListed, parseUploadId, type UploadFacts, uploadIdOf } from "./upload-ids.ts";
import { endReading, findVersion, readVersion, type Upstream, type UpstreamOf } from "./upstream-reads.ts";
import { copySourceHeaders, documentHeaders, pinnedCondition, writeRefusal, written } from "./upstream-writes.ts";

type Uploads = Pick<
  DataPlane,
  "createUpload" | "findUpload" | "putPart" | "copyPart" | "listParts" | "completeUpload" | "abortUpload"
>;
type PartOutcome = { readonly kind: "part"; readonly part: Part } | WriteRefusal;

const noUpload = { kind: "no-such-upload" } as const;

export function upstreamUploads(upstreamOf: UpstreamOf, now: () => number): Uploads {
  return {
    createUpload: (grant, bucket, upload) => createUpload(upstreamOf(grant), now, bucket, upload),
    findUpload: (grant, bucket, key, uploadId) => findUpload(upstreamOf(grant), bucket, key, uploadId),
    putPart: (grant, bucket, upload, number, body, customerKey) =>
      putPart(upstreamOf(grant), now, bucket, upload, number, body, customerKey),
    copyPart: (grant, source, bucket, upload, number, customerKey) =>
      copyPart(upstreamOf(grant), now, source, bucket, upload, number, customerKey ?? source.customerKey),
    listParts: (grant, { bucketId, key, uploadId }, after, limit) =>
      listParts(upstreamOf(grant), bucketId, key, uploadId, after, limit),
    completeUpload: (grant, target, uploadId, parts) => completeUpload(upstreamOf(grant), target, uploadId, parts),
    abortUpload: (grant, bucket, key, uploadId) => abortUpload(upstreamOf(grant), bucket, key, uploadId),
  };
}

async function createUpload(
  upstream: Upstream,
  now: () => number,
  bucket: string,
  { idSuffix, ...upload }: NewUpload,
): Promise<WriteRefusal | { readonly kind: "created"; readonly upload: Upload }> {
  const { client, abilities } = upstream;
  const { key, metadata, checksum, initiator } = upload;
  if (metadata.tags !== undefined) need(abilities, "tagsUploads");
  const headers = {
    ...metadataHeaders(abilities, metadata),
    ...(abilities.checksums && checksum !== undefined
      ? { "x-amz-checksum-algorithm": checksum.algorithm, "x-amz-checksum-type": checksum.type }
      : {}),
  };
  const request = { method: "POST", bucket, key, query: { uploads: "" }, headers } as const;
  const answer = await client.sendForDocument(request, "InitiateMultipartUploadResult");
  if ("kind" in answer) return writeRefusal(upstream, { bucketId: bucket, key, condition: {} }, answer);
  const engineId = textOf(answer.root, "UploadId") ?? "";
  if (engineId === "") throw client.error("corrupt", "began an upload without an id");
  const initiatedAt = now();
  const uploadId = uploadIdOf(
    engineId,
    { initiator, initiatedAt, storageClass: metadata.storageClass, checksum },
    idSuffix,
  );
  return { kind: "created", upload: { ...upload, uploadId, initiatedAt } };
}

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
function isNoUpload({ meaning }: EngineFault): boolean {
  return meaning === "no-upload" || meaning === "missing" || meaning === "invalid" || meaning === "no-bucket";
}

async function findUpload(
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

async function putPart(
  { client, abilities }: Upstream,
  now: () => number,
  bucket: string,
  { key, uploadId }: Upload,
  number: number,
  body: VerifiedBody,
  customerKey: CustomerKey | undefined,
): Promise<PartOutcome> {
  const parsed = parseUploadId(uploadId);
  if (parsed === undefined) return noUpload;
  if (customerKey !== undefined) throw new Unsupported("encryption with keys of customers (SSE-C)");
  const query = { partNumber: String(number), uploadId: parsed.engineId };
  const { reply, digests } = await sendBody(client, abilities, body, { method: "PUT", bucket, key, query });
  if ("kind" in reply) return partRefusal(reply);
  const etag = storedEtag(client, reply, digests);
  if (digests === undefined) throw client.error("corrupt", "answered before the end of a part");
  const { size, checksum } = digests;
  return { kind: "part", part: { number, size, etag, lastModified: now(), checksum } };
}

function partRefusal(fault: EngineFault): WriteRefusal {
  if (fault.meaning === "no-upload" || fault.meaning === "missing") return noUpload;
  if (fault.meaning === "no-bucket") return { kind: "bucket-closed" };
  throw unexpected(fault);
}

async function copyPart(
  upstream: Upstream,
  now: () => number,
  source: CopySource & { readonly range: ByteRange | undefined },
  bucket: string,
  upload: Upload,
  number: number,
  customerKey: CustomerKey | undefined,
): Promise<PartOutcome> {
  const { client, abilities } = upstream;
  const { key, uploadId } = upload;
  if (customerKey !== undefined) throw new Unsupported("encryption with keys of customers (SSE-C)");
  const parsed = parseUploadId(uploadId);
  if (parsed === undefined) return noUpload;
  const { range, version, bucketId } = source;
  const size = range === undefined ? version.size : range.last - range.first + 1;
  if (abilities.partCopies === false) {
    const chunks = await readVersion(upstream, bucketId, version, range);
    const algorithm = upload.checksum?.algorithm ?? "CRC64NVME";
    const body = digestedBody(chunks, size, algorithm);
    try {
      return await putPart(upstream, now, bucket, upload, number, body, customerKey);
    } finally {
      await endReading(chunks);
    }
  }
  const headers = {
    ...copySourceHeaders(source, abilities.partCopies),
    ...(range === undefined ? {} : { "x-amz-copy-source-range": `bytes=${range.first}-${range.last}` }),
  };
  const query = { partNumber: String(number), uploadId: parsed.engineId };
  const request = { method: "PUT", bucket, key, query, headers, isWork: true } as const;
  const answer = await client.sendForDocument(request, "CopyPartResult");
  if ("kind" in answer) {
    const { meaning } = answer;
    if (meaning === "missing" || meaning === "precondition") return { kind: "no-such-version" };
    return partRefusal(answer);
  }
  const { root } = answer;
  const etag = unquoted(textOf(root, "ETag"));
  if (etag === "") throw client.error("corrupt", "copied a part without an ETag");
  const lastModified = timeFrom(textOf(root, "LastModified"));
  return { kind: "part", part: { number, size, etag, lastModified, ...partChecksum(root) } };
}

function partChecksum(part: XmlElement): Pick<Part, "checksum"> {
  const found = checksumAlgorithms.flatMap((algorithm: ChecksumAlgorithm) => {
    const value = textOf(part, `Checksum${algorithm}`);
    return value === undefined ? [] : [{ algorithm, value }];
  });
  return found[0] === undefined ? {} : { checksum: found[0] };
}

const pageSize = 1000;
const maxParts = 10_000;

async function listParts(
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

async function completeUpload(
  upstream: Upstream,
  target: CompleteTarget,
  uploadId: string,
  parts: readonly NamedPart[],
): Promise<Written | WriteRefusal> {
  if (target.defaultRetention !== undefined) throw new Unsupported("Object Lock");
  const parsed = parseUploadId(uploadId);
  if (parsed === undefined) return noUpload;
  const refusal = refuseOrder(parts);
  if (refusal !== undefined) return refusal;
  const { client, abilities } = upstream;
  const { bucketId: bucket, key } = target;
  const pinned = await pinnedCondition(upstream, target, "conditionalComplete");
  if ("kind" in pinned) return pinned;
  const mismatch = await checksumMismatch(upstream, target, uploadId, parts);
  if (mismatch !== undefined) return mismatch;
  const algorithm = abilities.checksums ? parsed.facts?.checksum?.algorithm : undefined;
  const body = Buffer.from(
    renderXml(
      element(
        "CompleteMultipartUpload",
        parts.map((part) => partNode(part, algorithm)),
      ),
    ),
  );
  const headers = { ...documentHeaders(body), ...pinned.headers };
  const query = { uploadId: parsed.engineId };
  const request = { method: "POST", bucket, key, query, headers, body, isWork: true } as const;
  const answer = await client.sendForDocument(request, "CompleteMultipartUploadResult");
  if ("kind" in answer) {
    // Some engines have no word for an upload that is not there.
    const isGone = answer.meaning === "away" && (await findUpload(upstream, bucket, key, uploadId)) === undefined;
    return isGone ? noUpload : completionRefusal(upstream, target, answer);
  }
  // Some leave the ETag out.
  const etag = unquoted(textOf(answer.root, "ETag")) || multipartEtag(parts);
  return completed(upstream, target, answer.headers, etag);
}

function refuseOrder(parts: readonly NamedPart[]): WriteRefusal | undefined {
  if (parts.length === 0) return { kind: "invalid-part" };
  const late = parts.find(({ number }, at) => number <= (parts[at - 1]?.number ?? 0));
  return late && { kind: "invalid-part-order", detail: String(late.number) };
}

/** Where an upload has no algorithm, nothing says to the engine what the checksums that the client names are of. */
async function checksumMismatch(
  upstream: Upstream,
  { bucketId, key }: WriteTarget,
  uploadId: string,
  named: readonly NamedPart[],
): Promise<WriteRefusal | undefined> {
  if (!upstream.abilities.checksums || parseUploadId(uploadId)?.facts?.checksum !== undefined) return undefined;
  if (named.every(({ checksum }) => checksum === undefined)) return undefined;
  const parts = await listParts(upstream, bucketId, key, uploadId, 0, maxParts);
  const kept = new Map(parts.map(({ number, checksum }) => [number, checksum?.value]));
  const other = named.find(({ number, checksum }) => checksum !== undefined && checksum !== kept.get(number));
  return other && { kind: "invalid-part", detail: String(other.number) };
}

function partNode({ number, etag, checksum }: NamedPart, algorithm: ChecksumAlgorithm | undefined) {
  return element("Part", [
    element("PartNumber", number),
    element("ETag", `"${etag.replaceAll('"', "")}"`),
    algorithm === undefined || checksum === undefined ? undefined : element(`Checksum${algorithm}`, checksum),
  ]);
}

async function completionRefusal(upstream: Upstream, target: WriteTarget, fault: EngineFault): Promise<WriteRefusal> {
  const detail = fault.detail("PartNumber");
  const part = detail === undefined ? {} : { detail };
  switch (fault.meaning) {
    case "no-upload":
      return noUpload;
    case "invalid-part":
    case "invalid-part-order":
      return { kind: fault.meaning, ...part };
    case "part-too-small": {
      const size = Number(fault.detail("ProposedSize") ?? Number.NaN);
      return { kind: "part-too-small", ...part, ...(size >= 0 && size < minPartSize ? { size } : {}) };
    }
    default:
      return writeRefusal(upstream, target, fault);
  }
}

/** The object is there. What an answer to a completed upload does not say is looked up, as long as it is still the current one. */
async function completed(
  upstream: Upstream,
  { bucketId, key }: WriteTarget,
  headers: ReadonlyMap<string, string>,
  etag: string,
): Promise<Written> {
  const id = headers.get("x-amz-version-id");
  const found = await findVersion(upstream, bucketId, key, id).catch(() => undefined);
  if (found?.kind === "object" && found.etag === etag)
    return { kind: "written", version: { ...found, isLatest: true } };
  const metadata = { headers: {}, user: {}, storageClass: "STANDARD" } as const;
  return written(key, headers, { etag, size: 0, lastModified: 0, metadata, checksum: undefined });
}

export async function abortUpload(
  { client }: Upstream,
  bucket: string,
  key: string,
  uploadId: string,
): Promise<boolean> {
  const parsed = parseUploadId(uploadId);
  if (parsed === undefined) return false;
  const query = { uploadId: parsed.engineId };
  const reply = await client.sendForHead({ method: "DELETE", bucket, key, query });
  if (!("kind" in reply)) return true;
  if (isNoUpload(reply)) return false;
  throw unexpected(reply);
}
