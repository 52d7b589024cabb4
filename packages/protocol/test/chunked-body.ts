import { createHash } from "node:crypto";
import type { ChunkSigning } from "../src/sigv4/request-auth.ts";
import { chunkSignature, trailerSignature } from "../src/sigv4/sign-request.ts";
import { signingKey } from "../src/sigv4/signing-key.ts";

const scope = { date: "20261123", region: "us-east-1", service: "s3" };

export const exampleSigning: ChunkSigning = {
  signingKey: signingKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope),
  seedSignature: createHash("sha256").update("seed").digest("hex"),
  scope,
  amzDate: "20261123T120000Z",
};

export interface ChunkedBody {
  /** None may be empty: an empty one ends the body. */
  readonly chunks: readonly Buffer[];
  readonly signing: ChunkSigning | undefined;
  /** Undefined: a mode without a trailer. */
  readonly trailer: readonly (readonly [name: string, value: string])[] | undefined;
}

/** As a client frames it. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
export function encodeChunked({ chunks, signing, trailer }: ChunkedBody): Buffer {
  let previous = signing?.seedSignature ?? "";
  const parts: Buffer[] = [];
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    let extension = "";
    if (signing !== undefined) {
      previous = chunkSignature(signing, previous, createHash("sha256").update(chunk).digest("hex"));
      extension = `;chunk-signature=${previous}`;
    }
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`));
    if (chunk.length > 0) parts.push(chunk, Buffer.from("\r\n"));
  }
  for (const [name, value] of trailer ?? []) parts.push(Buffer.from(`${name}:${value}\r\n`));
  if (trailer !== undefined && signing !== undefined) {
    const lines = trailer.map(([name, value]) => `${name}:${value}\n`).join("");
    parts.push(Buffer.from(`x-amz-trailer-signature:${trailerSignature(signing, previous, lines)}\r\n`));
  }
  return Buffer.concat([...parts, Buffer.from("\r\n")]);
}

/** The bytes in pieces that end where `cuts` say (any order, any numbers). */
export function split(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((left, right) => left - right);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
