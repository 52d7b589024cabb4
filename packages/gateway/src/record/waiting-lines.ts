/**
 * Lines that wait to be written. They are bytes at once: as strings that live until the write, they cost three times as much CPU time,
 * because the collector moves them and each is copied twice more.
 */
export class WaitingLines {
  #bytes = Buffer.alloc(0);
  /** Where each line ends. */
  readonly #ends: number[] = [];

  get count(): number {
    return this.#ends.length;
  }

  get size(): number {
    return this.#ends.at(-1) ?? 0;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.size);
  }

  add(line: string): void {
    const { size } = this;
    const needed = size + 3 * line.length; // UTF-8 has at most three bytes for each UTF-16 unit
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, size);
      this.#bytes = larger;
    }
    this.#ends.push(size + this.#bytes.write(line, size, "utf8"));
  }

  /** Whether there was one. */
  dropNewest(): boolean {
    return this.#ends.pop() !== undefined;
  }

  /** Forgets the lines. Keeps the memory for the next lines, unless it is large, because new memory costs more time than the copy into it. */
  clear(): void {
    this.#ends.length = 0;
    if (this.#bytes.length > maxKeptBytes) this.#bytes = Buffer.alloc(0);
  }
}

/** About twice what a busy gateway gathers for one write. */
const maxKeptBytes = 1024 * 1024;
