import type { ObjectBytes } from "../ports/object-bytes.ts";

/** Bytes that are all there. A class, because Node 20 takes a microsecond to make a literal with an iterator. */
export class WholeBytes implements ObjectBytes {
  readonly whole: Buffer;

  constructor(whole: Buffer) {
    this.whole = whole;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.whole.length > 0) yield this.whole;
  }
}
