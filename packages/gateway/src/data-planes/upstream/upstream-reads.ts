import { child, children, textOf } from "@s3-credentials/protocol";
import type { ByteRange, DataPlane, ObjectBytes, ObjectVersion, Version } from "../../ports/data-plane.ts";
import type { Grant } from "../../ports/grant.ts";
import { EngineError } from "../../ports/store-error.ts";
import type { Tag } from "../../ports/tag.ts";
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
import type { EngineReply } from "./engine-connections.ts";
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

/** Looks an object up. `versionId` undefined: the current version. */
export async function findVersion(
  upstream: Upstream,
  bucket: string,
  key: string,
  versionId: string | undefined,
  use: TagUse = "value",
): Promise<Version | undefined> {
  if ((versionId !== undefined && !isEngineId(versionId)) || Buffer.byteLength(key) > maxKeyBytes) return undefined;
  const { client, abilities } = upstream;
  const reply = await client.sendForHead({
    method: "HEAD",
    bucket,
    key,
    query: { versionId },
    headers: abilities.checksums ? { "x-amz-checksum-mode": "ENABLED" } : {},
  });
  if (!("kind" in reply)) return withTags(upstream, bucket, objectFrom(client, key, versionId, reply), use);
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

function objectFrom(
  client: UpstreamClient,
  key: string,
  versionId: string | undefined,
  { headers }: EngineReply,
): { readonly version: ObjectVersion; readonly tagCount: number | undefined } {
  const size = Number(headers.get("content-length") ?? "x");
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

async function withTags(
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
  if (version.size === 0) return { whole: Buffer.alloc(0), async *[Symbol.asyncIterator]() {} };
  const headers = {
    "if-match": quoted(etag),
    ...(range === undefined ? {} : { range: `bytes=${range.first}-${range.last}` }),
  };
  const reply = await client.send({ method: "GET", bucket, key: version.key, query: { versionId }, headers });
  const length = range === undefined ? version.size : range.last - range.first + 1;
  checkReply(client, reply, version, range, length);
  const bytes = exactly(client, reply, length);
  if (length > wholeLimit) return openUntilIdle(bytes, reply);
  const pieces: Buffer[] = [];
  for await (const piece of bytes) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  return {
    whole,
    async *[Symbol.asyncIterator]() {
      yield whole;
    },
  };
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

/** Ends normally only after as many bytes as there have to be. */
async function* exactly(
  client: UpstreamClient,
  { body }: EngineReply,
  length: number,
): AsyncGenerator<Buffer, undefined> {
  let left = length;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
  } catch (cause) {
    throw client.error("unavailable", "broke off in the middle of an object", { cause });
  } finally {
    body.destroy();
  }
  if (left !== 0) throw client.error("corrupt", "sent another number of bytes than it announced");
  return undefined;
}

/** A generator that was never asked for anything does not clean up, so what ends the reading is done here. */
function openUntilIdle(bytes: AsyncGenerator<Buffer, undefined>, { body }: EngineReply): ObjectBytes {
  const idle = setTimeout(() => body.destroy(), idleLimit).unref();
  const iterator: AsyncIterator<Buffer, undefined> = {
    next() {
      clearTimeout(idle);
      return bytes.next();
    },
    return() {
      clearTimeout(idle);
      body.destroy();
      return bytes.return(undefined);
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
