import { type ChecksumAlgorithm, createChecksum } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import type { Part } from "../../ports/data-plane.ts";

/** What a copied part is told by. Both digests see each chunk once. */
export async function digestOf(
  chunks: AsyncIterable<Buffer>,
  algorithm: ChecksumAlgorithm,
): Promise<Pick<Part, "size" | "etag" | "checksum">> {
  const md5 = createHash("md5");
  const checksum = createChecksum(algorithm);
  let size = 0;
  for await (const chunk of chunks) {
    md5.update(chunk);
    checksum.update(chunk);
    size += chunk.length;
  }
  const value = checksum.digest().toString("base64");
  return { size, etag: md5.digest("hex"), checksum: { algorithm, value } };
}
