import { Semaphore } from "./semaphore.ts";

/** Smaller bodies come and go without being noticed. Bytes. */
const minReused = 1024 * 1024;

/**
 * Memory for bodies that are being sent: no more than `total` bytes at once, and the same again and again, since buffers of
 * megabytes that are left to the garbage collector pile up before it comes.
 */
export class BodyBuffers {
  readonly #total: number;
  readonly #slots: Semaphore;
  #allocated = 0;
  /** Buffers nobody uses, by their size. */
  readonly #free = new Map<number, Buffer[]>();

  constructor(total: number) {
    this.#total = total;
    this.#slots = new Semaphore(total);
  }

  /** `work` gets a buffer of just this size, for as long as it runs. */
  use<Result>(size: number, work: (body: Buffer) => Promise<Result>): Promise<Result> {
    if (size < minReused) return this.#slots.use(size, () => work(Buffer.allocUnsafeSlow(size)));
    const whole = 2 ** Math.ceil(Math.log2(size));
    return this.#slots.use(whole, async () => {
      const buffer = this.#take(whole);
      let reusable = false;
      try {
        const result = await work(buffer.subarray(0, size));
        reusable = true;
        return result;
      } finally {
        // A connection that failed may still hold the bytes.
        if (reusable) this.#free.set(whole, [...(this.#free.get(whole) ?? []), buffer]);
        else this.#allocated -= whole;
      }
    });
  }

  #take(size: number): Buffer {
    const known = this.#free.get(size)?.pop();
    if (known !== undefined) return known;
    if (this.#allocated + size > this.#total) this.#drop();
    this.#allocated += size;
    return Buffer.allocUnsafeSlow(size);
  }

  /** Gives up the buffers of other sizes. */
  #drop(): void {
    for (const [size, buffers] of this.#free) this.#allocated -= size * buffers.length;
    this.#free.clear();
  }
}
