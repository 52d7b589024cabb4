import type { Clock } from "../../ports/clock.ts";
import type { CountLimit, SharedCounters } from "../../ports/shared-counters.ts";
import type { DirectoryDatabase } from "./identity/directory-database.ts";

/** Counters in directory.db. There are rows for what failed of late, and no others. */
export function sqliteCounters(database: DirectoryDatabase, clock: Pick<Clock, "now">): SharedCounters {
  const event = (key: string, max: number, expiresAt: number): Promise<boolean> =>
    database.write("countEvent", { key, now: clock.now(), max, expiresAt });
  return {
    count: (key: string, { max, window }: CountLimit) => event(`count ${key}`, max, clock.now() + window),
    reset: (key) => database.write("forgetEvents", `count ${key}`),
    claim: (key, expiresAt) => event(`claim ${key}`, 1, expiresAt),
  };
}
