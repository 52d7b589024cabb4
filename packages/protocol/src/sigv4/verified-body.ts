import { createHash, hash, type Hash } from "node:crypto";
import { type Checksum, checksumOf, createChecksum, isChecksumValue } from "../checksum/create-checksum.ts";
import { BodyFault } from "./body-fault.ts";
import { headerOf } from "./body-plan.ts";
import { ChunkedDecoder, minChunkBytes } from "./chunked-decoder.ts";
import type { BodyDigests, BodyPlan, BodySource, VerifiedBody } from "./request-auth.ts";

/**
 * The payload of a request's body, verified in one pass while it goes by: framing, chunk signatures, length, digests,
 * checksum. Iteration ends normally only when all of it held; that is the signal to commit.
 */
export function verifiedBody(plan: BodyPlan, source: BodySource): VerifiedBody {
  let digests: BodyDigests | undefined;
  let started = false;
  const start = (): void => {
    if (started) throw new Error("a request body is read once");
    started = true;
  };
  async function* pieces(): AsyncGenerator<Buffer> {
    start();
    const sums = new Sums(plan);
    for await (const bytes of source.bytes()) for (const piece of sums.payload(bytes)) yield piece;
    digests = sums.finish();
  }
  return {
    length: plan.length,
    isAtMost: plan.atMost,
    promised: promisedBy(plan),
    [Symbol.asyncIterator]: pieces,
    async whole() {
      const decoder = decoderOf(plan);
      const wire = source.whole?.();
      if (wire === undefined) return gathered(pieces());
      start();
      const payload = payloadOf(plan, decoder, await wire);
      digests = payload.digests;
      return payload.bytes;
    },
    digests() {
      if (digests === undefined) throw new Error("the body has not been read to its end");
      return digests;
    },
  };
}

function promisedBy({ payload, checksum }: BodyPlan): NonNullable<VerifiedBody["promised"]> {
  const { algorithm, value } = checksum ?? {};
  return {
    sha256: payload.kind === "signed" ? payload.sha256 : undefined,
    trailer: value === undefined ? algorithm : undefined,
    checksum: algorithm === undefined || value === undefined ? undefined : { algorithm, value },
  };
}

async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Of a body that is there already. Each digest is one call, which costs a third of an object for it. */
function payloadOf(
  plan: BodyPlan,
  decoder: ChunkedDecoder | undefined,
  wire: Buffer,
): { readonly bytes: Buffer; readonly digests: BodyDigests } {
  const bytes = decoder === undefined ? wire : Buffer.concat([...decoder.feed(wire)]);
  decoder?.end();
  if (bytes.length > plan.length) throw tooLong();
  const { algorithm } = plan.checksum ?? defaultChecksum;
  const digests = checked(plan, decoder?.trailer, {
    size: bytes.length,
    md5: hash("md5", bytes, "buffer"),
    sha256: plan.payload.kind === "signed" ? hash("sha256", bytes, "hex") : undefined,
    checksum: checksumOf(algorithm, bytes),
  });
  return { bytes, digests };
}

const defaultChecksum = { algorithm: "CRC64NVME" } as const;

function decoderOf({ payload, length, checksum, chunkSigning }: BodyPlan): ChunkedDecoder | undefined {
  if (payload.kind !== "streaming") return undefined;
  // INVARIANT: signed chunks are never decoded without the key to verify them.
  if (payload.signed && chunkSigning === undefined)
    throw new BodyFault("AccessDenied", "A body of signed chunks needs a signed request.");
  return new ChunkedDecoder({
    length,
    minChunk: minChunkBytes,
    // INVARIANT: an unsigned trailer that was not announced is refused, because nothing would verify it.
    trailer: payload.trailer && (payload.signed || (checksum !== undefined && checksum.value === undefined)),
    signing: payload.signed ? chunkSigning : undefined,
  });
}

function tooLong(): BodyFault {
  return new BodyFault("IncompleteBody", "The body is longer than it was said to be.");
}

class Sums {
  readonly #plan: BodyPlan;
  readonly #md5 = createHash("md5");
  readonly #sha256: Hash | undefined;
  readonly #checksum: Checksum;
  readonly #decoder: ChunkedDecoder | undefined;
  #size = 0;

  constructor(plan: BodyPlan) {
    this.#plan = plan;
    this.#sha256 = plan.payload.kind === "signed" ? createHash("sha256") : undefined;
    this.#checksum = createChecksum((plan.checksum ?? defaultChecksum).algorithm);
    this.#decoder = decoderOf(plan);
  }

  /** What of these bytes is payload. */
  payload(bytes: Buffer): Iterable<Buffer> {
    return this.#decoder === undefined ? [this.#count(bytes)] : this.#decoded(this.#decoder, bytes);
  }

  *#decoded(decoder: ChunkedDecoder, bytes: Buffer): Generator<Buffer> {
    for (const piece of decoder.feed(bytes)) yield this.#count(piece);
  }

  #count(piece: Buffer): Buffer {
    this.#size += piece.length;
    if (this.#size > this.#plan.length) throw tooLong();
    this.#md5.update(piece);
    this.#sha256?.update(piece);
    this.#checksum.update(piece);
    return piece;
  }

  finish(): BodyDigests {
    this.#decoder?.end();
    return checked(this.#plan, this.#decoder?.trailer, {
      size: this.#size,
      md5: this.#md5.digest(),
      sha256: this.#sha256?.digest("hex"),
      checksum: this.#checksum.digest(),
    });
  }
}

interface Computed {
  readonly size: number;
  readonly md5: Buffer;
  /** Hex; undefined: nothing promised it. */
  readonly sha256: string | undefined;
  readonly checksum: Buffer;
}

/** Throws when one of them is not what the head or the trailer promised. */
function checked(plan: BodyPlan, trailer: ReadonlyMap<string, string> | undefined, computed: Computed): BodyDigests {
  const { payload, length, atMost, contentMd5, checksum: promised } = plan;
  const { size, md5, sha256 } = computed;
  if (size !== length && atMost === undefined)
    throw new BodyFault(
      "IncompleteBody",
      "You did not provide the number of bytes specified by the Content-Length HTTP header.",
    );
  if (payload.kind === "signed" && sha256 !== payload.sha256) {
    throw new BodyFault(
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: payload.sha256, S3ComputedContentSHA256: sha256 ?? "" },
    );
  }
  if (contentMd5 !== undefined && md5.toString("base64") !== contentMd5) {
    throw new BodyFault("BadDigest", "The Content-MD5 you specified did not match what we received.", {
      CalculatedDigest: md5.toString("base64"),
      ExpectedDigest: Buffer.from(contentMd5, "base64").toString("hex"),
    });
  }
  const { algorithm } = promised ?? defaultChecksum;
  const value = computed.checksum.toString("base64");
  if (promised !== undefined && promisedValue(promised, trailer) !== value) {
    throw new BodyFault("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { size, md5, checksum: { algorithm, value } };
}

/** Sent as a header, or in the trailer that `x-amz-trailer` announced: that field and no other. */
function promisedValue(
  { algorithm, value }: NonNullable<BodyPlan["checksum"]>,
  trailer: ReadonlyMap<string, string> | undefined,
): string {
  if (value !== undefined) return value;
  const trailed = trailer?.get(headerOf(algorithm));
  if (trailed === undefined || trailer?.size !== 1)
    throw new BodyFault("MalformedTrailerError", "The trailer is not the one x-amz-trailer announced.");
  if (!isChecksumValue(algorithm, trailed))
    throw new BodyFault("InvalidRequest", `Value for ${headerOf(algorithm)} trailing header is invalid.`);
  return trailed;
}
