import { setImmediate } from "node:timers/promises";

const longestTurnMs = 10;

/**
 * For work of which one request may ask much: called between its steps, it lets other requests have their turn once this one has
 * had its own (10 ms).
 */
export function takeTurns(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < longestTurnMs) return;
    await setImmediate();
    since = performance.now();
  };
}
