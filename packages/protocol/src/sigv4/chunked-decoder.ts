/**
 * aws-chunked framing, as an explicit state machine with caps:
 * `SIZE[;chunk-signature=HEX]\r\n DATA \r\n … 0[;chunk-signature=HEX]\r\n [name:value\r\n …] \r\n`
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { createHash, type Hash, timingSafeEqual } from "node:crypto";
import { BodyFault } from "./body-fault.ts";
import { trimBlanks } from "./header-value.ts";
import type { ChunkSigning } from "./request-auth.ts";
import { chunkSignature, trailerSignature } from "./sign-request.ts";

/** Bytes of a chunk's head, and of the whole trailer. */
const maxLineBytes = 1024;
const maxTrailerBytes = 4096;

type State = "head" | "data" | "data-end" | "trailer" | "done";

/** "The chunk size must be at least 8 KB. […] The last chunk you send can be smaller": each chunk costs as much as some KB of bytes. */
export const minChunkBytes = 8192;

interface DecoderPlan {
  readonly length: number;
  /** Of all chunks but the last. */
  readonly minChunk: number;
  readonly trailer: boolean;
  readonly signing: ChunkSigning | undefined;
}

/** Feed bytes in, take payload out; `end` says whether the framing was whole. Everything wrong is a `BodyFault`. */
export class ChunkedDecoder {
  /** Trailer fields, lower-case names, once done. */
  readonly trailer = new Map<string, string>();
  readonly #plan: DecoderPlan;
  #state: State = "head";
  #line: Buffer[] = [];
  #lineLength = 0;
  #left = 0;
  #decoded = 0;
  #declaredSignature = "";
  #previous: string;
  #hash: Hash = createHash("sha256");
  #trailerLength = 0;
  #trailerLines = "";
  #trailerSignature: string | undefined;
  #last = false;
  #chunks = 0;
  /** The size of a chunk that only the last chunk may have. */
  #small: number | undefined;

  constructor(plan: DecoderPlan) {
    this.#plan = plan;
    this.#previous = plan.signing?.seedSignature ?? "";
  }

  /** The payload within `bytes`. */
  *feed(bytes: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "done") throw new BodyFault("IncompleteBody", "There is data after the last chunk.");
      if (this.#state === "data") {
        const piece = bytes.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#plan.signing !== undefined) this.#hash.update(piece);
        if (this.#left === 0) this.#state = "data-end";
        yield piece;
      } else {
        const newline = bytes.indexOf(0x0a, at);
        const end = newline === -1 ? bytes.length : newline + 1;
        this.#collect(bytes.subarray(at, end));
        at = end;
        if (newline !== -1) this.#takeLine();
      }
    }
  }

  /** INVARIANT: called after the last byte; nothing may be committed before it returned. */
  end(): void {
    if (this.#state !== "done" || this.#decoded !== this.#plan.length) {
      throw new BodyFault("IncompleteBody", "The request body terminated unexpectedly.");
    }
  }

  #collect(part: Buffer): void {
    this.#lineLength += part.length;
    if (this.#lineLength > maxLineBytes)
      throw new BodyFault("InvalidRequest", "A line of the chunked body is too long.");
    this.#line.push(Buffer.from(part));
  }

  #takeLine(): void {
    const line = Buffer.concat(this.#line, this.#lineLength).toString("latin1");
    this.#line = [];
    this.#lineLength = 0;
    // A line of the trailer may end with a bare LF, which some SDKs sign and send.
    if (!line.endsWith("\r\n") && this.#state !== "trailer")
      throw new BodyFault("InvalidRequest", "The chunked body is malformed.");
    const text = line.replace(/\r?\n$/, "");
    if (this.#state === "head") this.#takeHead(text);
    else if (this.#state === "data-end") this.#finishChunk(text);
    else this.#takeTrailerLine(text);
  }

  #takeHead(text: string): void {
    const [, size, signature] = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(text) ?? [];
    if (size === undefined) throw new BodyFault("InvalidRequest", "A chunk does not begin with its size.");
    if ((signature === undefined) !== (this.#plan.signing === undefined)) {
      throw new BodyFault(
        "InvalidRequest",
        signature === undefined ? "A chunk has no signature." : "A chunk has a signature where none was announced.",
      );
    }
    this.#declaredSignature = signature ?? "";
    this.#left = Number.parseInt(size, 16);
    this.#decoded += this.#left;
    if (this.#decoded > this.#plan.length)
      throw new BodyFault("IncompleteBody", "The body is longer than x-amz-decoded-content-length.");
    this.#last = this.#left === 0;
    if (!this.#last) {
      this.#chunks += 1;
      if (this.#small !== undefined)
        throw new BodyFault(
          "InvalidChunkSizeError",
          `Only the last chunk is allowed to have a size less than ${this.#plan.minChunk} bytes`,
          { Chunk: String(this.#chunks), BadChunkSize: String(this.#small) },
        );
      if (this.#left < this.#plan.minChunk) this.#small = this.#left;
      this.#state = "data";
      return;
    }
    this.#verifyChunk();
    this.#state = "trailer";
  }

  #finishChunk(text: string): void {
    if (text !== "") throw new BodyFault("InvalidRequest", "A chunk is longer than its size.");
    this.#verifyChunk();
    this.#state = "head";
  }

  #verifyChunk(): void {
    const { signing } = this.#plan;
    if (signing === undefined) return;
    const expected = chunkSignature(signing, this.#previous, this.#hash.digest("hex"));
    this.#hash = createHash("sha256");
    requireEqual(expected, this.#declaredSignature);
    this.#previous = expected;
  }

  #takeTrailerLine(text: string): void {
    this.#trailerLength += text.length + 2;
    if (this.#trailerLength > maxTrailerBytes) throw new BodyFault("MalformedTrailerError", "The trailer is too long.");
    if (text === "") {
      this.#finishTrailer();
      return;
    }
    const colon = text.indexOf(":");
    const name = trimBlanks(text.slice(0, colon)).toLowerCase();
    const value = trimBlanks(text.slice(colon + 1));
    if (!this.#plan.trailer || colon < 1 || this.trailer.has(name))
      throw new BodyFault("MalformedTrailerError", "The request contained trailing data that was not well-formed.");
    if (name === "x-amz-trailer-signature") {
      if (this.#trailerSignature !== undefined)
        throw new BodyFault("MalformedTrailerError", "The trailer is signed twice.");
      this.#trailerSignature = value;
      return;
    }
    if (this.#trailerSignature !== undefined)
      throw new BodyFault("MalformedTrailerError", "A trailer field follows the trailer's signature.");
    this.trailer.set(name, value);
    this.#trailerLines += `${name}:${value}\n`;
  }

  #finishTrailer(): void {
    const { signing, trailer } = this.#plan;
    if (trailer && signing !== undefined) {
      if (this.#trailerSignature === undefined)
        throw new BodyFault("MalformedTrailerError", "The trailer has no signature.");
      requireEqual(trailerSignature(signing, this.#previous, this.#trailerLines), this.#trailerSignature);
    }
    this.#state = "done";
  }
}

function requireEqual(expected: string, given: string): void {
  const same = given.length === expected.length && timingSafeEqual(Buffer.from(given, "latin1"), Buffer.from(expected));
  if (!same) throw new BodyFault("SignatureDoesNotMatch", "The signature of a chunk does not match.");
}
