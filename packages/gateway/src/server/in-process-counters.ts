import type { Clock } from "../ports/clock.ts";
import type { SharedCounters } from "../ports/shared-counters.ts";

interface Entry {
  count: number;
  readonly expiresAt: number;
}

/** About 20 MiB with keys of the usual length. */
const maxKeys = 100_000;

/**
 * The counters of a gateway that is one process, and of the primary process when there are several. When there is no room for another
 * key it counts and claims nothing: a limit that nobody can hold must not be passed.
 */
export function inProcessCounters(clock: Pick<Clock, "now">, max = maxKeys): SharedCounters {
  const entries = new Map<string, Entry>();
  const find = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.expiresAt > clock.now() ? entry : undefined;
  };
  const hasRoom = (): boolean => {
    if (entries.size < max) return true;
    const now = clock.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key);
    return entries.size < max;
  };
  const begin = (key: string, expiresAt: number): boolean => {
    entries.delete(key);
    if (!hasRoom()) return false;
    entries.set(key, { count: 1, expiresAt });
    return true;
  };
  return {
    async count(key, limit) {
      const entry = find(`count ${key}`);
      if (entry === undefined) return limit.max > 0 && begin(`count ${key}`, clock.now() + limit.window);
      if (entry.count >= limit.max) return false;
      entry.count += 1;
      return true;
    },
    async reset(key) {
      entries.delete(`count ${key}`);
    },
    async claim(key, expiresAt) {
      return find(`claim ${key}`) === undefined && expiresAt > clock.now() && begin(`claim ${key}`, expiresAt);
    },
  };
}
