import { countedAs } from "../../ports/principal-directory.ts";
import type { Grant } from "../../ports/grant.ts";

/** Whose use of something is counted. */
export type Sharer = Pick<Grant, "principal" | "accountId" | "clientNetwork">;

interface Count {
  all: number;
  readonly callers: Map<string, number>;
}

/**
 * Gives places to those who ask, and never all of them to one: a caller gets another place only while more are free than the caller and its
 * account have together. Whoever has no identity counts as its network, and all of these as one account. So one caller has at most a third of the places, one account at most half, and whoever has none gets one. Nobody
 * waits.
 */
export class Shares {
  readonly #places: number;
  readonly #accounts = new Map<string, Count>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get taken(): number {
    return this.#taken;
  }

  /** The function gives the place back. Undefined: there is none for this caller now. `sharer` undefined: the gateway itself. */
  take(sharer: Sharer | undefined): (() => void) | undefined {
    const free = this.#places - this.#taken;
    if (free <= 0) return undefined;
    this.#taken += 1;
    if (sharer === undefined) return once(() => (this.#taken -= 1));
    const account = sharer.accountId ?? "";
    const caller = countedAs(sharer.principal) ?? `network ${sharer.clientNetwork ?? ""}`;
    const count = this.#accounts.get(account) ?? { all: 0, callers: new Map<string, number>() };
    const own = count.callers.get(caller) ?? 0;
    if (own + count.all >= free) {
      this.#taken -= 1;
      return undefined;
    }
    this.#accounts.set(account, count);
    count.all += 1;
    count.callers.set(caller, own + 1);
    return once(() => {
      this.#taken -= 1;
      count.all -= 1;
      const left = (count.callers.get(caller) ?? 1) - 1;
      if (left === 0) count.callers.delete(caller);
      else count.callers.set(caller, left);
      if (count.all === 0) this.#accounts.delete(account);
    });
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
