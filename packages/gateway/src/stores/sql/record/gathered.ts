import { setImmediate as nextTurn } from "node:timers/promises";

/** Bounds how long the first of a group waits for others: a turn of the event loop has about half a millisecond of work. */
const maxTurns = 32;

/**
 * Adds items in groups, one group after the other. A sync of the disk costs as much CPU time for one event as for many: about a third of a
 * request's. So a group has what came while the one before it was written, and what the next turns of the event loop bring, until a turn
 * brings nothing: a caller who is alone does not wait for others. When a group is not written, all its callers get the error.
 */
export function gathered<Item>(
  write: (items: readonly Item[], now: number) => Promise<void>,
): (items: readonly Item[], now: number) => Promise<void> {
  let waiting: Item[] = [];
  let latest = 0;
  let next: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  const writeNext = async (before: Promise<void>): Promise<void> => {
    await before.catch(() => {}); // its own callers get its error
    for (let seen = 0, turn = 0; waiting.length > seen && turn < maxTurns; turn += 1) {
      seen = waiting.length;
      await nextTurn();
    }
    const items = waiting;
    waiting = [];
    next = undefined;
    await write(items, latest);
  };
  return (items, now) => {
    waiting.push(...items);
    latest = Math.max(latest, now);
    last = next ??= writeNext(last);
    return next;
  };
}
