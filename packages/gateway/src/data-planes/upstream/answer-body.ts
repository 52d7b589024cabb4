import type { Dispatcher } from "undici";

/** Of pieces that nobody has taken yet, bytes: then no more is read from the connection. */
const maxHeld = 128 * 1024;
/** What is left of a body that nobody wants is read up to this, bytes, because a new connection costs more. */
const maxDrained = 64 * 1024;

type Taken = IteratorResult<Buffer, undefined>;

const end: Taken = { done: true, value: undefined };

/**
 * The body of an answer, to be read to its end, drained or destroyed. Small ones are here before anybody asks for them. One reader at a
 * time; a body that breaks off rejects, one that was destroyed too.
 */
export class AnswerBody implements AsyncIterableIterator<Buffer, undefined> {
  readonly #control: Dispatcher.DispatchController;
  readonly #done: () => void;
  /** How long a body may take that has to end in time, ms. */
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #held = 0;
  #isEnded = false;
  #isUnwanted = false;
  #error: Error | undefined;
  #late: NodeJS.Timeout | undefined;
  #reader: { readonly resolve: (taken: Taken) => void; readonly reject: (error: Error) => void } | undefined;

  /** `done`: called when nothing of the body is under way any more. */
  constructor(control: Dispatcher.DispatchController, limit: number, done: () => void) {
    this.#control = control;
    this.#limit = limit;
    this.#done = done;
  }

  /** From the connection: bytes that are nobody else's. */
  push(piece: Buffer): void {
    if (this.#isUnwanted) {
      this.#held += piece.length;
      if (this.#held > maxDrained) this.destroy();
      return;
    }
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: piece });
      return;
    }
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held >= maxHeld) this.#control.pause();
  }

  /** From the connection: all bytes have come. */
  end(): void {
    if (this.#error !== undefined) return;
    this.#isEnded = true;
    this.#reader?.resolve(end);
    this.#reader = undefined;
    this.#over();
  }

  /** From the connection: no more bytes come. */
  fail(error: Error): void {
    if (this.#isEnded || this.#error !== undefined) return;
    this.#error = error;
    this.#pieces = [];
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#over();
  }

  /** Ends the connection, unless the whole body has come. */
  destroy(): void {
    this.#pieces = [];
    if (this.#isEnded || this.#error !== undefined) return;
    const reason = new Error("the body of an answer was destroyed");
    this.fail(reason);
    this.#control.abort(reason);
  }

  next(): Promise<Taken> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#held -= piece.length;
      if (this.#held < maxHeld && this.#control.paused) this.#control.resume();
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#isEnded) return Promise.resolve(end);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  return(): Promise<Taken> {
    this.destroy();
    return Promise.resolve(end);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All bytes; undefined: there are more than `most`, and the body is destroyed. */
  async whole(most: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let size = 0;
    this.endInTime();
    for await (const piece of this) {
      pieces.push(piece);
      size += piece.length;
      if (size > most) return undefined;
    }
    const [first] = pieces;
    return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
  }

  /** For whoever wants none of it: a little that is left is read, so that the connection can be used again. */
  drain(): void {
    if (this.#held > maxDrained) this.destroy();
    this.#pieces = [];
    this.#held = 0;
    this.#isUnwanted = true;
    this.endInTime();
  }

  /** For what has to be here in the time of an answer: an engine that sends a byte now and then is never late with the next one. */
  endInTime(): void {
    if (this.#isEnded || this.#error !== undefined) return;
    this.#late ??= setTimeout(() => this.destroy(), this.#limit);
  }

  #over(): void {
    clearTimeout(this.#late);
    this.#done();
  }
}
