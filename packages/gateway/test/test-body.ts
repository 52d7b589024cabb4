import { createHash } from "node:crypto";
import type { BodyDigests, VerifiedBody } from "@s3-credentials/protocol";

/** A body that verified, in chunks of a size. Its checksum is SHA256, and was promised. */
export function testBody(bytes: Uint8Array | string, chunkSize = 64 * 1024): VerifiedBody {
  const whole = Buffer.from(bytes);
  const value = createHash("sha256").update(whole).digest("base64");
  const promised = { checksum: { algorithm: "SHA256", value } } as const;
  return { ...bodyOf(chunksOf(whole, chunkSize), whole.length), promised };
}

/** A body that breaks off after some bytes, as one with a wrong digest does at its end. */
export function faultyBody(bytes: Buffer, length: number, fault: Error): VerifiedBody {
  async function* chunks(): AsyncGenerator<Buffer> {
    yield bytes;
    throw fault;
  }
  return bodyOf(chunks(), length);
}

export function bodyOf(chunks: AsyncIterable<Buffer>, length: number): VerifiedBody {
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  let size = 0;
  let digests: BodyDigests | undefined;
  async function* verified(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      md5.update(chunk);
      sha256.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    digests = { size, md5: md5.digest(), checksum: { algorithm: "SHA256", value: sha256.digest("base64") } };
  }
  return {
    length,
    [Symbol.asyncIterator]: () => verified(),
    async whole() {
      const pieces: Buffer[] = [];
      for await (const piece of verified()) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    digests: () => {
      if (digests === undefined) throw new Error("digests before the end of the body");
      return digests;
    },
  };
}

async function* chunksOf(whole: Buffer, chunkSize: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += chunkSize) yield whole.subarray(at, at + chunkSize);
}
