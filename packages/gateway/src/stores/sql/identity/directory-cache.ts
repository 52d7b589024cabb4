import { StoreError } from "../../../ports/store-error.ts";
import { boundedCache, type Weight } from "../../../cache/bounded-cache.ts";
import type { RevisionWatch } from "../revision-watch.ts";

/** Bytes. */
const maxWeight = 64 * 1024 * 1024;
const maxTries = 10;

/** What was read of the directory, kept until the directory changes: here, or in another process on the same database. */
export interface DirectoryCache<T> {
  /**
   * `read` is called when nothing is kept. It gives undefined for what is not there, and that is never kept, so that invented names take no
   * memory. Rejects with `StoreError` when the directory keeps changing under it. What is kept is there after one microtask.
   */
  of<R extends T | undefined>(key: string, read: () => R | Promise<R>): Promise<T | R>;
}

/** INVARIANT: caches of which one is filled through the other have one `watch`, so that neither keeps what the other found to be old. */
export function createDirectoryCache<T extends object | string | number>(
  name: string,
  watch: RevisionWatch,
  weigh: (value: T) => Weight,
  limit: number = maxWeight,
): DirectoryCache<T> {
  const kept = boundedCache<string, T>(limit, (_key, value) => weigh(value), name);
  /** Of everything that is kept. */
  let revision: string | undefined;
  const keptOf = (key: string): T | undefined => {
    if (revision !== watch.revision) kept.clear();
    revision = watch.revision;
    return kept.get(key);
  };
  const fill = async <R extends T | undefined>(key: string, read: () => R | Promise<R>): Promise<T | R> => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      // What is committed and not counted yet moves the revision that is read afterwards, so this one need not be asked for.
      const before = watch.isCurrent() && watch.revision !== undefined ? watch.revision : await watch.read();
      // The revision says whether a change was of anything that decides.
      const known = keptOf(key);
      if (known !== undefined) return known;
      const value = await read();
      // INVARIANT: everything that decides was read at one revision: a boundary of before and a policy of after never meet.
      if ((await watch.read()) !== before) continue;
      if (value !== undefined && watch.revision === before) {
        keptOf(key);
        kept.set(key, value);
      }
      return value;
    }
    throw new StoreError("unavailable", "the directory changes faster than it can be read");
  };
  return {
    async of(key, read) {
      const known = watch.isCurrent() ? keptOf(key) : undefined;
      return known === undefined ? await fill(key, read) : Promise.resolve(known);
    },
  };
}
