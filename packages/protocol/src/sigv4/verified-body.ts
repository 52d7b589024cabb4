import { createHash } from "node:crypto";
import { type Checksum, createChecksum, isChecksumValue } from "../checksum/create-checksum.ts";
import { BodyFault } from "./body-fault.ts";
import { headerOf } from "./body-plan.ts";
import { ChunkedDecoder, minChunkBytes } from "./chunked-decoder.ts";
import type { BodyDigests, BodyPlan, VerifiedBody } from "./request-auth.ts";

/**
 * The payload of a request's body, verified in one pass while it goes by: framing, chunk signatures, length, digests,
 * checksum. Iteration ends normally only when all of it held; that is the signal to commit.
 */
export function verifiedBody(plan: BodyPlan, source: AsyncIterable<Buffer>): VerifiedBody {
  let digests: BodyDigests | undefined;
  let started = false;
  return {
    length: plan.length,
    async *[Symbol.asyncIterator]() {
      if (started) throw new Error("a request body is read once");
      started = true;
      const sums = new Sums(plan);
      for await (const chunk of sums.payload(source)) yield chunk;
      digests = await sums.finish();
    },
    digests() {
      if (digests === undefined) throw new Error("the body has not been read to its end");
      return digests;
    },
  };
}

class Sums {
  readonly #plan: BodyPlan;
  readonly #md5 = createHash("md5");
  readonly #sha256 = createHash("sha256");
  readonly #checksum: Checksum;
  readonly #decoder: ChunkedDecoder | undefined;
  #size = 0;

  constructor(plan: BodyPlan) {
    this.#plan = plan;
    this.#checksum = createChecksum(plan.checksum?.algorithm ?? "CRC64NVME");
    const { payload, length, checksum, chunkSigning } = plan;
    if (payload.kind !== "streaming") return;
    // INVARIANT: signed chunks are never decoded without the key to verify them.
    if (payload.signed && chunkSigning === undefined)
      throw new BodyFault("AccessDenied", "A body of signed chunks needs a signed request.");
    this.#decoder = new ChunkedDecoder({
      length,
      minChunk: minChunkBytes,
      // INVARIANT: an unsigned trailer that was not announced is refused, because nothing would verify it.
      trailer: payload.trailer && (payload.signed || (checksum !== undefined && checksum.value === undefined)),
      signing: payload.signed ? chunkSigning : undefined,
    });
  }

  async *payload(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const bytes of source) {
      if (this.#decoder === undefined) yield this.#count(bytes);
      else for (const piece of this.#decoder.feed(bytes)) yield this.#count(piece);
    }
    this.#decoder?.end();
  }

  #count(piece: Buffer): Buffer {
    this.#size += piece.length;
    if (this.#size > this.#plan.length)
      throw new BodyFault("IncompleteBody", "The body is longer than it was said to be.");
    this.#md5.update(piece);
    if (this.#plan.payload.kind === "signed") this.#sha256.update(piece);
    this.#checksum.update(piece);
    return piece;
  }

  async finish(): Promise<BodyDigests> {
    const { payload, length, atMost, contentMd5, checksum: promised } = this.#plan;
    if (this.#size !== length && atMost === undefined)
      throw new BodyFault(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header.",
      );
    const sha256 = payload.kind === "signed" ? this.#sha256.digest("hex") : undefined;
    if (payload.kind === "signed" && sha256 !== payload.sha256) {
      throw new BodyFault(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        { ClientComputedContentSHA256: payload.sha256, S3ComputedContentSHA256: sha256 ?? "" },
      );
    }
    const md5 = this.#md5.digest();
    if (contentMd5 !== undefined && md5.toString("base64") !== contentMd5) {
      throw new BodyFault("BadDigest", "The Content-MD5 you specified did not match what we received.", {
        CalculatedDigest: md5.toString("base64"),
        ExpectedDigest: Buffer.from(contentMd5, "base64").toString("hex"),
      });
    }
    const algorithm = promised?.algorithm ?? "CRC64NVME";
    const value = this.#checksum.digest().toString("base64");
    if (promised !== undefined && this.#promisedValue(promised) !== value) {
      throw new BodyFault("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
    }
    return { size: this.#size, md5, checksum: { algorithm, value } };
  }

  /** Sent as a header, or in the trailer that `x-amz-trailer` announced: that field and no other. */
  #promisedValue({ algorithm, value }: NonNullable<BodyPlan["checksum"]>): string {
    if (value !== undefined) return value;
    const trailer = this.#decoder?.trailer;
    const trailed = trailer?.get(headerOf(algorithm));
    if (trailed === undefined || trailer?.size !== 1)
      throw new BodyFault("MalformedTrailerError", "The trailer is not the one x-amz-trailer announced.");
    if (!isChecksumValue(algorithm, trailed))
      throw new BodyFault("InvalidRequest", `Value for ${headerOf(algorithm)} trailing header is invalid.`);
    return trailed;
  }
}
