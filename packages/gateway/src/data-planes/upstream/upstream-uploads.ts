import { textOf, type VerifiedBody } from "@s3-credentials/protocol";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { ByteRange, CustomerKey } from "../../ports/object-bytes.ts";
import type { CopySource, WriteRefusal } from "../../ports/object-write.ts";
import { Unsupported } from "../../ports/store-error.ts";
import type { NewUpload, Part, Upload } from "../../ports/upload.ts";
import { digestedBody } from "../local/write-body.ts";
import { need } from "./abilities.ts";
import { completeUpload } from "./complete-upload.ts";
import { type EngineFault, unexpected } from "./engine-errors.ts";
import { metadataHeaders, timeFrom, unquoted } from "./object-headers.ts";
import { sendBody, storedEtag } from "./send-body.ts";
import { parseUploadId, uploadIdOf } from "./upload-ids.ts";
import { findUpload, isNoUpload, listParts, noUpload, partChecksum } from "./upload-reads.ts";
import { endReading, readVersion, type Upstream, type UpstreamOf } from "./upstream-reads.ts";
import { copySourceHeaders, writeRefusal } from "./upstream-writes.ts";

type Uploads = Pick<
  DataPlane,
  "createUpload" | "findUpload" | "putPart" | "copyPart" | "listParts" | "completeUpload" | "abortUpload"
>;

type PartOutcome = { readonly kind: "part"; readonly part: Part } | WriteRefusal;

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
