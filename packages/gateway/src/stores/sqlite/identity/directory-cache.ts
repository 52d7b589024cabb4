import { StoreError } from "../../../ports/store-error.ts";
import type { Reader } from "../connection.ts";
import { boundedCache, type Weight } from "../../../cache/bounded-cache.ts";
import { readRevision } from "../revision.ts";
import { integer } from "../sql-value.ts";

/** Bytes. */
const maxWeight = 64 * 1024 * 1024;
const maxTries = 10;

/**
 * Moves with every change that another connection made, and all changes of the directory are the writer thread's. When it did not move,
 * nothing changed at all; when it did, the revision says whether anything changed that decides.
 * https://www.sqlite.org/pragma.html#pragma_data_version
 */
function readVersion(reader: Reader): number | undefined {
  return reader.get("PRAGMA data_version", [], ([version]) => integer(version));
}

/** What was read of the directory, kept until the directory changes: here, or in another process on the same folder. */
export interface DirectoryCache<T> {
  /** `read` is called when nothing is kept. Throws `StoreError` when the directory keeps changing under it. */
  of(key: string, read: () => T): T;
}

export function createDirectoryCache<T extends object | string | number>(
  reader: Reader,
  weigh: (value: T) => Weight,
  limit: number = maxWeight,
): DirectoryCache<T> {
  const kept = boundedCache<string, T>(limit, (_key, value) => weigh(value));
  let version: number | undefined;
  let revision: number | undefined;
  return {
    of(key, read) {
      for (let tries = 0; tries < maxTries; tries += 1) {
        const now = readVersion(reader);
        if (now !== version) {
          const seen = readRevision(reader);
          if (seen !== revision) kept.clear();
          revision = seen;
        }
        version = now;
        const known = kept.get(key);
        if (known !== undefined) return known;
        const value = read();
        // INVARIANT: everything that decides was read at one revision: a boundary of before and a policy of after never meet.
        if (readVersion(reader) !== now && readRevision(reader) !== revision) continue;
        kept.set(key, value);
        return value;
      }
      throw new StoreError("unavailable", "the directory changes faster than it can be read");
    },
  };
}
