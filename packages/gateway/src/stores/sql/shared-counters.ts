import type { Clock } from "../../ports/clock.ts";
import type { CountLimit, SharedCounters } from "../../ports/shared-counters.ts";
import type { DirectoryDatabase } from "./identity/directory-database.ts";

/** Counters in directory.db. There are rows for what failed of late, and no others. */
export function sharedCounters(database: DirectoryDatabase, clock: Pick<Clock, "now">): SharedCounters {
  const event = (key: string, max: number, expiresAt: number, anybody = false): Promise<boolean> =>
    database.write("countEvent", { key, now: clock.now(), max, expiresAt, anybody });
  return {
    count: (key: string, { max, window, anybody }: CountLimit) =>
      event(`count ${key}`, max, clock.now() + window, anybody),
    reset: (key) => database.write("forgetEvents", `count ${key}`),
    claim: (key, expiresAt) => event(`claim ${key}`, 1, expiresAt),
  };
}
