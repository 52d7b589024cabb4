import { StoreError } from "../../ports/store-error.ts";

/** Versions that nobody reads, and that nobody can begin to read until `done`. */
export interface Claim {
  readonly free: readonly number[];
  done(): void;
}

/** The readers of another process. */
export interface OtherReaders {
  /** Waits until the process answers or has ended. */
  claim(ids: readonly number[]): Promise<Claim>;
}

/** The leases of this process and of all others on the folder. */
export class SharedLeases {
  readonly others = new Set<OtherReaders>();
  readonly #own: ReadLeases;

  constructor(own: ReadLeases) {
    this.#own = own;
  }

  /** Those of the ids that nobody reads in any process. */
  async claim(ids: readonly number[]): Promise<Claim> {
    const claims = [this.#own.claim(ids)];
    // A process that comes now finds no version that is due: each was deleted long before.
    for (const other of this.others) claims.push(await other.claim(claims.at(-1)?.free ?? []));
    return {
      free: claims.at(-1)?.free ?? [],
      done: () => {
        for (const claim of claims) claim.done();
      },
    };
  }
}

/**
 * Which versions the readers of this process have open, so that `collect` leaves their bytes alone. In memory: a message for each read would
 * cost more than the read.
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
  claim(ids: readonly number[]): Claim {
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
