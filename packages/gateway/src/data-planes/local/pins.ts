import { StoreError } from "../../ports/store-error.ts";

/**
 * Which holders readers have open, so that `collect` leaves them alone. In memory: the data folder has one process.
 * INVARIANT: a holder is never pinned and being collected at once; both are entered without an await in between.
 */
export class Pins {
  readonly #pins = new Map<number, number>();
  readonly #collecting = new Set<number>();

  /** Gives the release, which may be called again. */
  pin(holder: number): () => void {
    if (this.#collecting.has(holder)) throw new StoreError("conflict", "the version is gone");
    this.#pins.set(holder, (this.#pins.get(holder) ?? 0) + 1);
    let held = true;
    return () => {
      if (held) this.#unpin(holder);
      held = false;
    };
  }

  /** The holders among these that nobody reads; no one can pin them until `done`. */
  claim(holders: readonly number[]): { readonly free: readonly number[]; done(): void } {
    const free = holders.filter((holder) => !this.#pins.has(holder) && !this.#collecting.has(holder));
    for (const holder of free) this.#collecting.add(holder);
    return {
      free,
      done: () => {
        for (const holder of free) this.#collecting.delete(holder);
      },
    };
  }

  #unpin(holder: number): void {
    const left = (this.#pins.get(holder) ?? 1) - 1;
    if (left > 0) this.#pins.set(holder, left);
    else this.#pins.delete(holder);
  }
}
