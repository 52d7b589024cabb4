import { element, renderXml, textOf, uriEncode } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { type CurrentObject, conditionRefusal, deletionRefusal } from "../../domain/objects/preconditions.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectMetadata, ObjectVersion } from "../../ports/object-version.ts";
import type {
  CopySource,
  DeleteOutcome,
  DeleteTarget,
  MetadataChange,
  WriteRefusal,
  WriteTarget,
  Written,
} from "../../ports/object-write.ts";
import { EngineError, Unsupported } from "../../ports/store-error.ts";
import { digestedBody } from "../local/write-body.ts";
import { sameTags } from "../../ports/tag.ts";
import { type CopyCondition, need } from "./abilities.ts";
import { type EngineFault, unexpected } from "./engine-errors.ts";
import {
  contentHandle,
  isEngineId,
  metadataHeaders,
  ownerOfBucket,
  contentOf,
  quoted,
  timeFrom,
  unquoted,
} from "./object-headers.ts";
import { sendBody, storedEtag } from "./send-body.ts";
import { endReading, findVersion, readVersion, SourceGone, type Upstream, type UpstreamOf } from "./upstream-reads.ts";

type Ability = Parameters<typeof need>[1];

/** The condition as headers for the engine, which alone can check it in the moment of the write; or why it does not hold already. */
export async function pinnedCondition(
  upstream: Upstream,
  { bucketId, key, versioning, condition }: Omit<WriteTarget, "owner">,
  ability: Ability,
): Promise<{ readonly headers: Readonly<Record<string, string>> } | WriteRefusal> {
  const { ifMatch, ifNoneMatch, seen } = condition;
  if (ifMatch === undefined && ifNoneMatch === undefined && seen === undefined) return { headers: {} };
  need(upstream.abilities, ability);
  if (versioning !== "off") need(upstream.abilities, "conditionalVersions");
  const matching = (etag: string) => ({ "if-match": upstream.abilities.quotesIfMatch ? quoted(etag) : etag });
  if (seen === undefined) return { headers: ifMatch === undefined ? { "if-none-match": "*" } : matching(ifMatch) };
  // The decision depended on an object: what is written may replace that one only.
  const current = await currentObject(upstream, bucketId, key);
  const refusal = conditionRefusal(condition, current);
  if (refusal !== undefined) return refusal;
  return { headers: current === undefined ? { "if-none-match": "*" } : matching(current.etag) };
}

async function currentObject(upstream: Upstream, bucket: string, key: string): Promise<CurrentObject> {
  const current = await findVersion(upstream, bucket, key, undefined, "decision");
  return current?.kind === "object" ? current : undefined;
}

/** The outcome of a write that an engine refused; throws for the other faults. */
export async function writeRefusal(
  upstream: Upstream,
  { bucketId, key, condition }: Pick<WriteTarget, "bucketId" | "key" | "condition">,
  fault: EngineFault,
): Promise<WriteRefusal> {
  const { ifMatch, seen } = condition;
  // The object that the decision depended on was there a moment ago.
  if (seen !== undefined && (fault.meaning === "precondition" || fault.meaning === "missing"))
    throw new EngineError("conflict", fault.text);
  switch (fault.meaning) {
    case "no-bucket":
      return { kind: "bucket-closed" };
    case "precondition":
      // Some engines answer in the same way where nothing is there.
      if (ifMatch !== undefined && (await currentObject(upstream, bucketId, key)) === undefined)
        return { kind: "conditional-miss" };
      return { kind: "precondition-failed", detail: ifMatch === undefined ? "If-None-Match" : "If-Match" };
    case "missing":
      if (ifMatch !== undefined) return { kind: "conditional-miss" };
      throw unexpected(fault);
    default:
      throw unexpected(fault);
  }
}

type Writes = Pick<DataPlane, "put" | "copy" | "change" | "delete">;

export function upstreamWrites(upstreamOf: UpstreamOf, now: () => number): Writes {
  return {
    put: (grant, target, metadata, body, customerKey) => put(upstreamOf(grant), target, metadata, body, customerKey),
    copy: (grant, source, target, metadata, customerKey) =>
      copy(upstreamOf(grant), now, source, target, metadata, customerKey ?? source.customerKey),
    change: (grant, bucket, version, change, isSeen) =>
      changeMetadata(upstreamOf(grant), bucket, version, change, isSeen),
    delete: (grant, target) => deleteVersion(upstreamOf(grant), target),
  };
}

async function put(
  upstream: Upstream,
  target: WriteTarget,
  metadata: ObjectMetadata,
  body: Parameters<DataPlane["put"]>[3],
  customerKey: CustomerKey | undefined,
): Promise<Written | WriteRefusal> {
  const { client, abilities } = upstream;
  const { bucketId: bucket, key } = target;
  const described = metadataHeaders(abilities, metadata, customerKey);
  const pinned = await pinnedCondition(upstream, target, "conditionalPut");
  if ("kind" in pinned) return pinned;
  const headers = { ...described, ...pinned.headers };
  const { reply, digests } = await sendBody(client, abilities, body, { method: "PUT", bucket, key, headers });
  if ("kind" in reply) return writeRefusal(upstream, target, reply);
  const etag = storedEtag(client, reply, digests);
  if (digests === undefined) throw client.error("corrupt", "answered before the end of a body");
  const { size, checksum } = digests;
  const kept = { ...checksum, type: "FULL_OBJECT" } as const;
  const lastModified = timeFrom(reply.headers.get("date"));
  return written(key, reply.headers, { etag, size, lastModified, metadata, checksum: kept });
}

/** A version as far as an answer to a write describes it. */
export function written(
  key: string,
  headers: ReadonlyMap<string, string>,
  fields: Pick<ObjectVersion, "etag" | "size" | "lastModified" | "metadata" | "checksum">,
): Written {
  const id = headers.get("x-amz-version-id");
  const version = {
    kind: "object",
    key,
    versionId: id ?? "null",
    content: contentHandle(id, fields.etag),
    isLatest: true,
    owner: ownerOfBucket,
    parts: [],
    ...fields,
  } as const;
  return { kind: "written", version };
}

/** A copy source is made here of names, never passed on: engines differ in how they read one, and some crash on what they cannot read. */
export function copySourceHeaders(
  { bucketId, version }: CopySource,
  condition: CopyCondition,
): Readonly<Record<string, string>> {
  const { versionId, etag } = contentOf(version);
  const path = `/${bucketId}/${uriEncode(Buffer.from(version.key), true)}`;
  const query = versionId === undefined ? "" : `?versionId=${uriEncode(Buffer.from(versionId), false)}`;
  return { "x-amz-copy-source": path + query, [condition]: quoted(etag) };
}

async function copy(
  upstream: Upstream,
  now: () => number,
  source: CopySource,
  target: WriteTarget,
  metadata: ObjectMetadata,
  customerKey: CustomerKey | undefined,
): Promise<Written | WriteRefusal> {
  const { client, abilities } = upstream;
  const { bucketId: bucket, key } = target;
  const { size, checksum } = source.version;
  const hasTags = metadata.tags !== undefined || source.version.metadata.tags !== undefined;
  if (abilities.copies === false || (hasTags && !abilities.copiesTags))
    return copyThrough(upstream, source, target, metadata, customerKey);
  const described = metadataHeaders(abilities, metadata, customerKey);
  const pinned = await pinnedCondition(upstream, target, "conditionalCopy");
  if ("kind" in pinned) return pinned;
  const headers = {
    ...described,
    ...pinned.headers,
    ...copySourceHeaders(source, abilities.copies),
    "x-amz-metadata-directive": "REPLACE",
    ...(abilities.tags ? { "x-amz-tagging-directive": "REPLACE" } : {}),
    // The one that was asked for, or that the source has.
    ...(abilities.checksums && checksum?.type === "FULL_OBJECT"
      ? { "x-amz-checksum-algorithm": checksum.algorithm }
      : {}),
  };
  const answer = await client.sendForDocument(
    { method: "PUT", bucket, key, headers, isWork: true },
    "CopyObjectResult",
  );
  if ("kind" in answer) return copyRefusal(upstream, answer, source, target);
  const { root } = answer;
  const etag = unquoted(textOf(root, "ETag"));
  if (etag === "") throw client.error("corrupt", "made a copy without an ETag");
  const lastModified = timeFrom(textOf(root, "LastModified")) || now();
  const copied = written(key, answer.headers, { etag, size, lastModified, metadata, checksum });
  if (target.versioning !== "enabled" || answer.headers.has("x-amz-version-id")) return copied;
  // Ceph 16 does not say which version a copy made. It is looked up, as long as it is still the current one.
  const found = await findVersion(upstream, bucket, key, undefined).catch(() => undefined);
  if (found?.kind !== "object" || found.etag !== etag) return copied;
  return { kind: "written", version: { ...copied.version, versionId: found.versionId, content: found.content } };
}

/** The gateway reads the source and writes the target. */
async function copyThrough(
  upstream: Upstream,
  source: CopySource,
  target: WriteTarget,
  metadata: ObjectMetadata,
  customerKey: CustomerKey | undefined,
): Promise<Written | WriteRefusal> {
  const { version, bucketId } = source;
  try {
    const chunks = await readVersion(upstream, bucketId, version, undefined);
    const algorithm = version.checksum?.algorithm ?? "CRC64NVME";
    const body = digestedBody(chunks, version.size, algorithm);
    try {
      return await put(upstream, target, metadata, body, customerKey);
    } finally {
      await endReading(chunks);
    }
  } catch (error) {
    if (error instanceof SourceGone) return { kind: "no-such-version" };
    throw error;
  }
}

/** A failed precondition can be that of the source or that of the target. */
async function copyRefusal(
  upstream: Upstream,
  fault: EngineFault,
  source: CopySource,
  target: WriteTarget,
): Promise<WriteRefusal> {
  const { meaning } = fault;
  if (meaning !== "missing" && meaning !== "precondition") return writeRefusal(upstream, target, fault);
  const { key } = source.version;
  const { versionId } = contentOf(source.version);
  const current = await findVersion(upstream, source.bucketId, key, versionId);
  const isThere = current?.kind === "object" && current.content === source.version.content;
  return isThere ? writeRefusal(upstream, target, fault) : { kind: "no-such-version" };
}

async function changeMetadata(
  upstream: Upstream,
  bucket: string,
  version: ObjectVersion,
  change: MetadataChange,
  isSeen: boolean,
): ReturnType<DataPlane["change"]> {
  if ("acl" in change) throw new Unsupported("ACLs of objects");
  if ("storageClass" in change) throw new Unsupported("changing the storage class of an object");
  if (!("tags" in change)) throw new Unsupported("Object Lock");
  const { client, abilities } = upstream;
  need(abilities, "tags");
  const { versionId } = contentOf(version);
  // Without an id the engine would change whatever is there, and a decision about one object would change another.
  if (isSeen && (versionId === undefined || versionId === "null"))
    throw new Unsupported(
      "changing tags where a policy asks for the tags or the ACL of the object and the bucket has no versioning",
    );
  const current = await findVersion(upstream, bucket, version.key, versionId, isSeen ? "decision" : "value");
  const gone = client.error("conflict", "no longer has the version that was found");
  if (current?.kind !== "object" || current.content !== version.content) throw gone;
  if (isSeen && !sameTags(current.metadata.tags ?? [], version.metadata.tags ?? [])) throw gone;
  const query = { tagging: "", versionId };
  const { tags } = change;
  const set = tags.map(({ key, value }) => element("Tag", [element("Key", key), element("Value", value)]));
  const body = Buffer.from(renderXml(element("Tagging", element("TagSet", set))));
  const place = { bucket, key: version.key, query };
  let reply = await client.sendForHead({ method: "PUT", ...place, body, headers: documentHeaders(body) });
  // An empty list of tags is put, not deleted: Ceph 16 lists an object without its ETag once its tags are deleted. Engines that refuse an
  // empty list get the deletion.
  if ("kind" in reply && reply.meaning !== "missing" && tags.length === 0)
    reply = await client.sendForHead({ method: "DELETE", ...place });
  if (!("kind" in reply)) return { kind: "changed" };
  throw reply.meaning === "missing" ? gone : unexpected(reply, "these tags");
}

async function deleteVersion(upstream: Upstream, target: DeleteTarget): Promise<DeleteOutcome | WriteRefusal> {
  const { client, abilities } = upstream;
  const { bucketId: bucket, key, versionId, ifMatch, seen, only } = target;
  if (only !== undefined) throw new Unsupported("deleting one content of a version");
  const nothing = { kind: "deleted", versionId, deleteMarker: false } as const;
  if (versionId !== undefined && !isEngineId(versionId)) return nothing;
  let wanted = ifMatch;
  if (ifMatch !== undefined) {
    need(abilities, "conditionalDelete");
    if (seen !== undefined) {
      const found = await findVersion(upstream, bucket, key, undefined, "decision");
      const current = found?.kind === "object" ? found : undefined;
      const isCurrent = versionId === undefined || versionId === found?.versionId;
      const refusal = deletionRefusal(target, current, isCurrent);
      if (refusal !== undefined) return refusal;
      wanted = current?.etag ?? ifMatch;
    }
  }
  const headers = wanted === undefined ? {} : { "if-match": quoted(wanted) };
  const reply = await client.sendForHead({ method: "DELETE", bucket, key, query: { versionId }, headers });
  if ("kind" in reply) {
    if (versionId !== undefined && reply.meaning === "invalid") return nothing;
    if (ifMatch === undefined && reply.meaning === "missing") return nothing;
    // The condition is about the current version, so for another one it does not hold, whether or not there is an object.
    const isRefused = seen === undefined && versionId !== undefined && reply.meaning === "precondition";
    if (isRefused && (await findVersion(upstream, bucket, key, undefined))?.versionId !== versionId)
      return { kind: "precondition-failed", detail: "If-Match" };
    const condition = { ...(ifMatch === undefined ? {} : { ifMatch }), ...(seen === undefined ? {} : { seen }) };
    return writeRefusal(upstream, { bucketId: bucket, key, condition }, reply);
  }
  const deleteMarker = reply.headers.get("x-amz-delete-marker") === "true";
  const made = deleteMarker ? (reply.headers.get("x-amz-version-id") ?? "null") : undefined;
  return { kind: "deleted", versionId: versionId ?? made, deleteMarker };
}

export function documentHeaders(body: Buffer): Readonly<Record<string, string>> {
  return { "content-type": "application/xml", "content-md5": createHash("md5").update(body).digest("base64") };
}
