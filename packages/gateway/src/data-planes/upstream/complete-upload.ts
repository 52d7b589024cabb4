import { type ChecksumAlgorithm, element, renderXml, textOf } from "@s3-credentials/protocol";
import { minPartSize, multipartEtag, type NamedPart } from "../../domain/objects/complete-upload.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { CompleteTarget, WriteRefusal, WriteTarget, Written } from "../../ports/object-write.ts";
import { EngineError, Unsupported } from "../../ports/store-error.ts";
import type { EngineFault } from "./engine-errors.ts";
import { unquoted } from "./object-headers.ts";
import { parseUploadId } from "./upload-ids.ts";
import { findUpload, listParts, noUpload } from "./upload-reads.ts";
import { findVersion, type Upstream } from "./upstream-reads.ts";
import { documentHeaders, pinnedCondition, writeRefusal, written } from "./upstream-writes.ts";

const maxParts = 10_000;

export async function completeUpload(
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
  const answer = await client
    .sendForDocument(request, "CompleteMultipartUploadResult")
    .catch((error: unknown) => unreadable(upstream, target, parts, error));
  if ("versionId" in answer) return { kind: "written", version: answer };
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

function hasCondition({ condition: { ifMatch, seen } }: WriteTarget): boolean {
  return ifMatch !== undefined || seen !== undefined;
}

async function completionRefusal(upstream: Upstream, target: WriteTarget, fault: EngineFault): Promise<WriteRefusal> {
  const detail = fault.detail("PartNumber");
  const part = detail === undefined ? {} : { detail };
  switch (fault.meaning) {
    case "no-upload":
      return noUpload;
    case "missing": // of an upload that is aborted at the same time
      return hasCondition(target) ? writeRefusal(upstream, target, fault) : noUpload;
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

/** Ceph 16 answers with memory of its own in the document, when the key has nearly 1,024 bytes. The object says whether it was made. */
async function unreadable(
  upstream: Upstream,
  { bucketId, key }: WriteTarget,
  parts: readonly NamedPart[],
  error: unknown,
): Promise<ObjectVersion> {
  const isUnread = error instanceof EngineError && error.kind === "corrupt";
  const found = isUnread ? await findVersion(upstream, bucketId, key, undefined).catch(() => undefined) : undefined;
  if (found?.kind === "object" && found.etag === multipartEtag(parts)) return found;
  throw error;
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
