import { setImmediate } from "node:timers/promises";
import { StoreError } from "../ports/store-error.ts";

const longestTurnMs = 10;
const mostMs = 5000;

/**
 * For work of which one request may ask much: called between its steps, it lets other requests have their turn once this one has
 * had its own (10 ms). Rejects with `StoreError` (`unavailable`) when the work has taken `most` milliseconds in all: whoever writes
 * both policies and requests can make matching them cost as much as they like.
 */
export function takeTurns(most: number = mostMs): () => Promise<void> {
  let since = performance.now();
  let taken = 0;
  return async () => {
    const turn = performance.now() - since;
    if (turn < longestTurnMs) return;
    taken += turn;
    if (taken > most) throw new StoreError("unavailable", "the policies of one request take too long to decide");
    await setImmediate();
    since = performance.now();
  };
}
