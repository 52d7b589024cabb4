import { StoreError } from "../../../ports/store-error.ts";
import type { WatchfulReader } from "../connection.ts";
import { boundedCache, type Weight } from "../../../cache/bounded-cache.ts";
import { readRevision } from "../revision.ts";

/** Bytes. */
const maxWeight = 64 * 1024 * 1024;
const maxTries = 10;

/** What was read of the directory, kept until the directory changes: here, or in another process on the same folder. */
export interface DirectoryCache<T> {
  /**
   * `read` is called when nothing is kept. It gives undefined for what is not there, and that is never kept, so that invented names take no
   * memory. Throws `StoreError` when the directory keeps changing under it.
   */
  of<R extends T | undefined>(key: string, read: () => R): T | R;
}

export function createDirectoryCache<T extends object | string | number>(
  reader: WatchfulReader,
  weigh: (value: T) => Weight,
  limit: number = maxWeight,
): DirectoryCache<T> {
  const kept = boundedCache<string, T>(limit, (_key, value) => weigh(value));
  let changes: number | undefined;
  let revision: number | undefined;
  /** The revision says whether a change was of anything that decides. */
  const clearOlder = (): void => {
    const seen = readRevision(reader);
    if (seen !== revision) kept.clear();
    revision = seen;
  };
  return {
    of(key, read) {
      const now = reader.changes();
      if (now !== changes) clearOlder();
      changes = now;
      const known = kept.get(key);
      if (known !== undefined) return known;
      for (let tries = 0; tries < maxTries; tries += 1) {
        // What is committed can be read a moment before it is counted among the changes.
        clearOlder();
        const value = read();
        // INVARIANT: everything that decides was read at one revision: a boundary of before and a policy of after never meet.
        if (readRevision(reader) !== revision) continue;
        if (value !== undefined) kept.set(key, value);
        return value;
      }
      throw new StoreError("unavailable", "the directory changes faster than it can be read");
    },
  };
}
