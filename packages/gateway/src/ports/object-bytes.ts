import type { StoredChecksum, Version } from "./object-version.ts";

/** The 32 bytes of SSE-C. INVARIANT: nothing keeps, logs or answers them. */
export type CustomerKey = Buffer;

/** Inclusive byte range, already resolved against the size. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Bytes of an object. */
export interface ObjectBytes extends AsyncIterable<Buffer> {
  /** All of them, of a small object that needs no reading any more. */
  readonly whole?: Buffer;
  /** Takes a piece whose bytes nobody reads any more: its memory is used again. To call it is a choice. */
  readonly giveBack?: (piece: Buffer) => void;
}

/** What `find` gives, and perhaps the bytes too. */
export interface OpenedObject {
  readonly version: Version | undefined;
  /** Absent: `read` gives the bytes. */
  readonly reading?: Reading;
}

/** One part of an object that was made of parts. */
export interface PartExtent {
  readonly range: ByteRange;
  /** Parts that the object has. */
  readonly count: number;
  readonly checksum: StoredChecksum | undefined;
}

/** An object whose bytes are on their way. INVARIANT: `bytes` or `close` is called. */
export interface Reading {
  /** What the bytes are; undefined: the whole object. */
  readonly range: ByteRange | undefined;
  /** Called once: as `read` gives them. */
  bytes(): Promise<ObjectBytes>;
  /** For whoever does not want them. */
  close(): void;
}
