import { EngineError, type StoreError } from "../ports/store-error.ts";

/** What came of a request that was decided once: its outcome, or the conflict that it ran into and how often such a request is decided. */
export type Attempt<Outcome> =
  | { readonly outcome: Outcome; readonly conflict?: undefined }
  | { readonly conflict: StoreError; readonly attempts: number };

type Once<Outcome> = () => Promise<Attempt<Outcome>>;

/**
 * Changes of one object that ran into a conflict are made again one after the other. Each is decided by the object as it finds it: of many
 * at the same time only one would succeed, and the decisions about all others would be wasted.
 */
export class ObjectTurns {
  /** The end of each line. */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Tries until there is no conflict; rejects with it after its `attempts`. Whoever comes while others are in line waits behind them, so
   * that they do not run into another conflict. `object` is undefined for what waits for nobody. A turn keeps others waiting, so what is
   * tried has to be short; what an engine does is not, and is tried again without a turn. `refusal` is what becomes of somebody who may not
   * change the object: whoever is in line makes all behind wait for the decision about it, so nobody without the right is.
   */
  async repeat<Outcome>(
    object: string | undefined,
    once: Once<Outcome>,
    refusal: () => Promise<Outcome | undefined>,
  ): Promise<Outcome> {
    if (object === undefined) return untilDone(once);
    if (this.#last.has(object)) {
      const refused = await refusal();
      return refused ?? this.#inTurn(object, async () => untilDone(once));
    }
    const first = await once();
    if (first.conflict === undefined) return first.outcome;
    const again = async (): Promise<Outcome> => untilDone(once, first);
    return first.conflict instanceof EngineError ? again() : this.#inTurn(object, again);
  }

  async #inTurn<Outcome>(object: string, run: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = (this.#last.get(object) ?? Promise.resolve()).then(run);
    const end = outcome.then(ignore, ignore);
    this.#last.set(object, end);
    try {
      return await outcome;
    } finally {
      if (this.#last.get(object) === end) this.#last.delete(object);
    }
  }
}

async function untilDone<Outcome>(once: Once<Outcome>, first?: Attempt<Outcome>): Promise<Outcome> {
  let tried = first ?? (await once());
  for (let attempt = 1; tried.conflict !== undefined; attempt += 1) {
    if (attempt >= tried.attempts) throw tried.conflict;
    tried = await once();
  }
  return tried.outcome;
}

function ignore(): void {}
