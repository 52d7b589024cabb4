/**
 * Memory for bytes that pass through: who has taken a buffer may give it back, and then it is used for other bytes.
 * INVARIANT: a buffer is given back by its only holder, when nobody reads it any more. One that is not given back is left to the
 * garbage collector.
 */
export class BufferPool {
  readonly #size: number;
  readonly #limit: number;
  readonly #free: Buffer[] = [];
  /** So that what is not ours, or was given back already, is not taken. */
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>();

  /** `size`: of each buffer, bytes. `limit`: how many are kept while nobody uses them. */
  constructor({ size, limit }: { readonly size: number; readonly limit: number }) {
    this.#size = size;
    this.#limit = limit;
  }

  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
    this.#lent.set(buffer.buffer, buffer);
    return buffer;
  }

  /** A buffer that was taken, or a part of one. */
  giveBack({ buffer }: Buffer): void {
    const lent = this.#lent.get(buffer);
    if (lent === undefined) return;
    this.#lent.delete(buffer);
    if (this.#free.length < this.#limit) this.#free.push(lent);
  }
}
