import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "../ports/store-error.ts";

/** Something that others change, and that can be held on to as it is now. */
export interface Changing {
  /** From now on it is seen as it is. */
  begin(): void;
  /** Whether it was changed since `begin` was called. */
  isOld(): boolean;
  /** Undoes `begin`. */
  end(): void;
}

const maxTries = 10_000;

/**
 * Begins all of them at one moment. Nobody is held up: they are begun one after the other, and begun again when one was changed before the
 * last had begun. A commit takes longer than that, because it waits for the disk, so one of a few tries comes between two commits.
 * Rejects with `StoreError("unavailable")` when none does.
 */
export async function beginTogether(all: readonly Changing[]): Promise<void> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    for (const one of all) one.begin();
    if (!all.some((one) => one.isOld())) return;
    for (const one of all) one.end();
    await sleep(1);
  }
  throw new StoreError(
    "unavailable",
    "the gateway changes its databases without a pause: try again when it has less to do",
  );
}
