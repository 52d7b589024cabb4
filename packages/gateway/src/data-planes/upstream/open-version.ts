import type { ByteRange, OpenedObject } from "../../ports/object-bytes.ts";
import { type EngineFault, unexpected } from "./engine-errors.ts";
import type { EngineReply } from "./answer.ts";
import { bytesOf, findVersion, mayBeThere, objectFrom, type Upstream, withTags } from "./upstream-reads.ts";

/**
 * GetObject alone: its head describes the object as that of HeadObject does. The bytes wait, and hold the engine back, until they are
 * asked for. Where the answer leaves a doubt, the object is looked up as ever.
 */
export async function openVersion(
  upstream: Upstream,
  bucket: string,
  key: string,
  versionId: string | undefined,
  range: string | undefined,
): Promise<OpenedObject> {
  if (!mayBeThere(key, versionId)) return { version: undefined };
  const lookUp = async (): Promise<OpenedObject> => ({
    version: await findVersion(upstream, bucket, key, versionId, "count"),
  });
  const { client, abilities } = upstream;
  const headers = {
    ...(range === undefined ? {} : { range }),
    ...(abilities.checksums ? { "x-amz-checksum-mode": "ENABLED" } : {}),
  };
  const reply = await client.send({ method: "GET", bucket, key, query: { versionId }, headers });
  if ("kind" in reply) {
    if (isFailure(reply)) throw unexpected(reply);
    return isMiss(reply) && versionId === undefined ? { version: undefined } : lookUp();
  }
  const { body } = reply;
  const extent = extentOf(reply, range);
  if (extent === undefined) {
    body.drain();
    return lookUp();
  }
  try {
    const object = objectFrom(client, key, versionId, reply, extent.size);
    const version = await withTags(upstream, bucket, object, "count");
    const bytes = () => bytesOf(client, reply, extent.length);
    return { version, reading: { range: extent.range, bytes, close: () => body.drain() } };
  } catch (error) {
    body.drain();
    throw error;
  }
}

/** An engine that has too much to do is not asked again. */
function isFailure({ meaning, status }: EngineFault): boolean {
  return meaning === "redirect" || (status >= 500 && (meaning === "busy" || meaning === "away"));
}

function isMiss({ code, headers }: EngineFault): boolean {
  return code === "NoSuchKey" && headers.get("x-amz-delete-marker") !== "true";
}

interface Extent {
  readonly range: ByteRange | undefined;
  /** Of the bytes that come. */
  readonly length: number;
  /** Of the object. */
  readonly size: number;
}

/** Undefined: the answer does not say it, or is not what was asked for. */
function extentOf({ status, headers }: EngineReply, range: string | undefined): Extent | undefined {
  const announced = headers.get("content-length");
  if (announced === undefined) return undefined;
  const length = Number(announced);
  if (range === undefined) return status === 200 ? { range, length, size: length } : undefined;
  const [, first, last, size] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get("content-range") ?? "") ?? [];
  if (status !== 206 || first === undefined || Number(last) - Number(first) + 1 !== length) return undefined;
  return { range: { first: Number(first), last: Number(last) }, length, size: Number(size) };
}
