import { type BodyDigests, type ChecksumAlgorithm, type VerifiedBody, createChecksum } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";

/** Bytes of the gateway's own as a body: nothing to verify, but a copied part has digests of its own. */
export function digestedBody(
  chunks: AsyncIterable<Buffer>,
  length: number,
  algorithm: ChecksumAlgorithm,
): VerifiedBody {
  let digests: BodyDigests | undefined;
  async function* digested(): AsyncGenerator<Buffer> {
    const md5 = createHash("md5");
    const checksum = createChecksum(algorithm);
    let size = 0;
    for await (const chunk of chunks) {
      md5.update(chunk);
      checksum.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    const value = checksum.digest().toString("base64");
    digests = { size, md5: md5.digest(), checksum: { algorithm, value } };
  }
  return {
    length,
    [Symbol.asyncIterator]: digested,
    digests: () => {
      if (digests === undefined) throw new Error("digests before the end of the body");
      return digests;
    },
  };
}
