import { StoreError } from "../../ports/store-error.ts";

/**
 * Which versions readers have open, so that `collect` leaves their bytes alone. In memory, because readers and the sweep are in
 * one process.
 * INVARIANT: a version never has a lease while it is collected; both are entered without an await in between.
 */
export class ReadLeases {
  readonly #leases = new Map<number, number>();
  readonly #collecting = new Set<number>();

  /** Returns the release, which may be called more than once. */
  lease(id: number): () => void {
    if (this.#collecting.has(id)) throw new StoreError("conflict", "the version is gone");
    this.#leases.set(id, (this.#leases.get(id) ?? 0) + 1);
    let held = true;
    return () => {
      if (held) this.#release(id);
      held = false;
    };
  }

  /** Those of the ids that nobody reads. Nobody can lease them until `done`. */
  claim(ids: readonly number[]): { readonly free: readonly number[]; done(): void } {
    const free = ids.filter((id) => !this.#leases.has(id) && !this.#collecting.has(id));
    for (const id of free) this.#collecting.add(id);
    return {
      free,
      done: () => {
        for (const id of free) this.#collecting.delete(id);
      },
    };
  }

  #release(id: number): void {
    const left = (this.#leases.get(id) ?? 1) - 1;
    if (left > 0) this.#leases.set(id, left);
    else this.#leases.delete(id);
  }
}
