import type { PartExtent } from "../../ports/object-bytes.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { Unsupported } from "../../ports/store-error.ts";
import { unexpected } from "./engine-errors.ts";
import { checksumFrom, contentOf, quoted } from "./object-headers.ts";
import { SourceGone, type Upstream } from "./upstream-reads.ts";

/**
 * Asks the engine for the head of one part, because engines do not list the parts of an object. What was put whole is its own only part, and
 * its ETag says so. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (`partNumber`)
 */
export async function findPart(
  { client, abilities }: Upstream,
  bucket: string,
  version: ObjectVersion,
  number: number,
): Promise<PartExtent | "none" | undefined> {
  const { versionId, etag } = contentOf(version);
  const parts = Number(/-(\d{1,5})$/.exec(etag)?.[1] ?? 0);
  if (parts === 0) return undefined;
  const reply = await client.sendForHead({
    method: "HEAD",
    bucket,
    key: version.key,
    query: { partNumber: String(number), versionId },
    headers: { "if-match": quoted(etag), ...(abilities.checksums ? { "x-amz-checksum-mode": "ENABLED" } : {}) },
  });
  if ("kind" in reply) {
    if (reply.meaning === "range") return "none";
    const isGone = reply.meaning === "missing" || reply.meaning === "precondition";
    throw isGone ? new SourceGone("conflict", reply.text) : unexpected(reply, "part numbers of objects");
  }
  const { headers } = reply;
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get("content-range") ?? "");
  // An engine that does not read the number describes the whole object.
  if (range === null) throw new Unsupported("part numbers of objects");
  const [first, last, size] = range.slice(1).map(Number);
  if (first === undefined || last === undefined || first > last || last >= version.size || size !== version.size)
    throw client.error("corrupt", "described a part that is not one of the object");
  return { range: { first, last }, count: parts, checksum: checksumFrom(headers) };
}
