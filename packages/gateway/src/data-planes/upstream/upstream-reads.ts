import { child, children, textOf } from "@s3-credentials/protocol";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { ByteRange, ObjectBytes } from "../../ports/object-bytes.ts";
import type { ObjectVersion, Version } from "../../ports/object-version.ts";
import type { Grant } from "../../ports/grant.ts";
import { EngineError } from "../../ports/store-error.ts";
import type { Tag } from "../../ports/tag.ts";
import { WholeBytes } from "../whole-bytes.ts";
import type { Abilities } from "./abilities.ts";
import { unexpected } from "./engine-errors.ts";
import {
  checksumFrom,
  contentHandle,
  isEngineId,
  metadataFrom,
  ownerOfBucket,
  contentOf,
  quoted,
  timeFrom,
  unquoted,
} from "./object-headers.ts";
import type { EngineReply } from "./answer.ts";
import type { Answered, UpstreamClient } from "./upstream-client.ts";

/** Ranges up to this are read before they are given, so that a failure still gets an answer of its own. */
const wholeLimit = 64 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maxKeyBytes = 1024;
/** A reader that never asks for the first byte loses its connection to the engine, ms. */
const idleLimit = 60_000;

/** The version that was found is no longer there. */
export class SourceGone extends EngineError {}

export interface Upstream {
  readonly client: UpstreamClient;
  readonly abilities: Abilities;
}

/** An engine as one call has it. Undefined: there is no grant yet. */
export type UpstreamOf = (grant: Grant | undefined) => Upstream;

/**
 * What tags are looked up for. `decision`: a right depends on them, so they are read whatever their count is, because an engine counts them
 * only for keys that may read them, and a Deny must not be lost with the count. `count`: the answer shows no more than how many there are.
 */
type TagUse = "decision" | "value" | "count";

/** They show of tags how many there are. An engine that does not count them would be asked for the tags with each read. */
const showCount: ReadonlySet<string> = new Set(["GetObject", "HeadObject", "GetObjectAttributes"]);

/** No engine has what cannot be named to it. */
export function mayBeThere(key: string, versionId: string | undefined): boolean {
  return (versionId === undefined || isEngineId(versionId)) && Buffer.byteLength(key) <= maxKeyBytes;
}

/** Looks an object up. `versionId` undefined: the current version. */
export async function findVersion(
  upstream: Upstream,
  bucket: string,
  key: string,
  versionId: string | undefined,
  use: TagUse = "value",
): Promise<Version | undefined> {
  if (!mayBeThere(key, versionId)) return undefined;
  const { client, abilities } = upstream;
  const reply = await client.sendForHead({
    method: "HEAD",
    bucket,
    key,
    query: { versionId },
    headers: abilities.checksums ? { "x-amz-checksum-mode": "ENABLED" } : {},
  });
  if (!("kind" in reply)) {
    const size = Number(reply.headers.get("content-length") ?? "x");
    if (size === 0 && !reply.headers.has("etag") && (await isOnlyRemains(upstream, bucket, key, versionId)))
      return undefined;
    return withTags(upstream, bucket, objectFrom(client, key, versionId, reply, size), use);
  }
  const { headers, meaning } = reply;
  const isMarker = headers.get("x-amz-delete-marker") === "true";
  if (isMarker && (meaning === "missing" || meaning === "not-allowed")) {
    return {
      kind: "delete-marker",
      key,
      versionId: headers.get("x-amz-version-id") ?? versionId ?? "null",
      isLatest: versionId === undefined,
      lastModified: timeFrom(headers.get("last-modified")),
      owner: ownerOfBucket,
    };
  }
  // An id that the engine never gave is an invalid argument to some.
  if (meaning === "missing" || (meaning === "invalid" && versionId !== undefined)) return undefined;
  throw unexpected(reply);
}

/** Ceph 16 answers HEAD for what two simultaneous deletions left of an object, and GET says that nothing is there. */
async function isOnlyRemains({ client }: Upstream, bucket: string, key: string, versionId: string | undefined) {
  const reply = await client.sendForHead({ method: "GET", bucket, key, query: { versionId } });
  return "kind" in reply && reply.meaning === "missing";
}

/** What the head of an answer says of an object. `size`: of the whole object. */
export function objectFrom(
  client: UpstreamClient,
  key: string,
  versionId: string | undefined,
  { headers }: EngineReply,
  size: number,
): { readonly version: ObjectVersion; readonly tagCount: number | undefined } {
  const etag = unquoted(headers.get("etag"));
  const id = headers.get("x-amz-version-id");
  if (!Number.isSafeInteger(size) || etag === "" || (versionId !== undefined && id !== undefined && id !== versionId))
    throw client.error("corrupt", "described an object without its size or ETag, or another one");
  const count = headers.get("x-amz-tagging-count");
  return {
    version: {
      kind: "object",
      key,
      versionId: id ?? "null",
      content: contentHandle(id, etag),
      isLatest: versionId === undefined,
      size,
      etag,
      lastModified: timeFrom(headers.get("last-modified")),
      owner: ownerOfBucket,
      metadata: metadataFrom(headers),
      checksum: checksumFrom(headers),
      parts: [],
    },
    tagCount: count === undefined ? undefined : Number(count),
  };
}

export async function withTags(
  upstream: Upstream,
  bucket: string,
  { version, tagCount }: ReturnType<typeof objectFrom>,
  use: TagUse,
): Promise<ObjectVersion | undefined> {
  const { tags: canTag, countsTags } = upstream.abilities;
  const isCounted = countsTags ? (tagCount ?? 0) > 0 : use === "value";
  if (!canTag || (use !== "decision" && !isCounted)) return version;
  const tags = await tagsOf(upstream, bucket, version);
  if (tags === undefined || tags.length === 0) return version;
  return { ...version, metadata: { ...version.metadata, tags } };
}

/** Undefined: the version is gone. */
async function tagsOf(
  { client }: Upstream,
  bucket: string,
  version: ObjectVersion,
): Promise<readonly Tag[] | undefined> {
  const { versionId } = contentOf(version);
  const query = { tagging: "", versionId };
  const answer = await client.sendForDocument({ method: "GET", bucket, key: version.key, query }, "Tagging");
  if ("kind" in answer) {
    if (answer.meaning === "missing") return undefined;
    throw unexpected(answer);
  }
  const set = child(answer.root, "TagSet");
  return (set === undefined ? [] : children(set, "Tag")).map((tag) => ({
    key: textOf(tag, "Key") ?? "",
    value: textOf(tag, "Value") ?? "",
  }));
}

/** The bytes of the very version that was found, or a `conflict`. */
export async function readVersion(
  upstream: Upstream,
  bucket: string,
  version: ObjectVersion,
  range: ByteRange | undefined,
): Promise<ObjectBytes> {
  const { client } = upstream;
  const { versionId, etag } = contentOf(version);
  if (version.size === 0) return new WholeBytes(Buffer.alloc(0));
  const headers = {
    "if-match": quoted(etag),
    ...(range === undefined ? {} : { range: `bytes=${range.first}-${range.last}` }),
  };
  const reply = await client.send({ method: "GET", bucket, key: version.key, query: { versionId }, headers });
  const length = range === undefined ? version.size : range.last - range.first + 1;
  checkReply(client, reply, version, range, length);
  return bytesOf(client, reply, length);
}

/** The bytes of an answer, of which there have to be so many. */
export async function bytesOf(client: UpstreamClient, reply: EngineReply, length: number): Promise<ObjectBytes> {
  if (length > wholeLimit) return openUntilIdle(client, reply, length);
  const whole = await reply.body.whole(length).catch((cause: unknown) => brokeOff(client, cause));
  if (whole?.length !== length) throw otherLength(client);
  return new WholeBytes(whole);
}

/** The head has to describe the version that was found and the range that was asked for. */
function checkReply(
  client: UpstreamClient,
  reply: Answered<EngineReply>,
  version: ObjectVersion,
  range: ByteRange | undefined,
  length: number,
): asserts reply is EngineReply {
  if ("kind" in reply) {
    const isGone = reply.meaning === "missing" || reply.meaning === "precondition" || reply.meaning === "range";
    throw isGone ? new SourceGone("conflict", reply.text) : unexpected(reply);
  }
  const { status, headers, body } = reply;
  const wanted = contentOf(version);
  const announced = headers.get("content-length");
  const id = headers.get("x-amz-version-id");
  const contentRange = range && `bytes ${range.first}-${range.last}/${version.size}`;
  const isAsAsked =
    unquoted(headers.get("etag")) === wanted.etag &&
    (id === undefined || wanted.versionId === undefined || id === wanted.versionId) &&
    (announced === undefined || announced === String(length)) &&
    status === (range === undefined ? 200 : 206) &&
    headers.get("content-range") === contentRange;
  if (isAsAsked) return;
  body.destroy();
  throw client.error("corrupt", "answered with other bytes than the version that was asked for");
}

function brokeOff(client: UpstreamClient, cause: unknown): never {
  throw client.error("unavailable", "broke off in the middle of an object", { cause });
}

function otherLength(client: UpstreamClient): EngineError {
  return client.error("corrupt", "sent another number of bytes than it announced");
}

/** Ends normally only after as many bytes as there have to be. */
function openUntilIdle(client: UpstreamClient, { body }: EngineReply, length: number): ObjectBytes {
  const idle = setTimeout(() => body.destroy(), idleLimit).unref();
  let left = length;
  const iterator: AsyncIterator<Buffer, undefined> = {
    async next() {
      clearTimeout(idle);
      const taken = await body.next().catch((cause: unknown) => brokeOff(client, cause));
      left -= taken.value?.length ?? 0;
      if (taken.done === true ? left === 0 : left >= 0) return taken;
      body.destroy();
      throw otherLength(client);
    },
    return() {
      clearTimeout(idle);
      return body.return();
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** For a reader that may not have read to the end. */
export async function endReading(bytes: ObjectBytes): Promise<void> {
  await bytes[Symbol.asyncIterator]().return?.();
}

export function upstreamReads(upstreamOf: UpstreamOf): Pick<DataPlane, "stateOf" | "find" | "read"> {
  return {
    stateOf: (bucket, key, versionId) => findVersion(upstreamOf(undefined), bucket, key, versionId, "decision"),
    find: (grant, bucket, key, versionId) =>
      findVersion(upstreamOf(grant), bucket, key, versionId, showCount.has(grant.operation) ? "count" : "value"),
    read: (grant, bucket, version, range) => readVersion(upstreamOf(grant), bucket, version, range),
  };
}
