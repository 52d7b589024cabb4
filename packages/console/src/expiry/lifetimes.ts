import { dayMs, countOf, showDuration } from "../shell/format.ts";

/** Keys that are older are replaced. */
export const oldKeyDays = 90;

/** From when to when something gives access. Times are milliseconds since 1970. */
export interface Lifetime {
  readonly id: string;
  readonly kind: "key" | "session";
  readonly name: string;
  /** Whose key; of a session, empty. */
  readonly user: string;
  /** The page where it is changed. */
  readonly page: string;
  readonly from: number;
  /** Infinity: it ends when somebody ends it. */
  readonly until: number;
}

export type Matter = "old" | "ending" | "none";

/** What a person has to do about it soon. */
export function matterOf({ kind, from, until }: Lifetime, now: number): Matter {
  if (kind === "key") return now - from > oldKeyDays * dayMs ? "old" : "none";
  return until - now <= dayMs ? "ending" : "none";
}

/** "100 days old, without an end", "58 min left of 1 h" */
export function lifetimeWords({ kind, from, until }: Lifetime, now: number): string {
  if (kind === "session") return `${showDuration(until - now)} left of ${showDuration(until - from)}`;
  const days = Math.floor((now - from) / dayMs);
  return `${days < 1 ? "made today" : `${countOf(days, "day")} old`}, without an end`;
}

const rank: Readonly<Record<Matter, number>> = { old: 0, ending: 1, none: 2 };

/** What matters first: old keys by their age, sessions by their end, then the rest. */
export function sortLifetimes(all: readonly Lifetime[], now: number): readonly Lifetime[] {
  return all.toSorted((one, other) => {
    const order = rank[matterOf(one, now)] - rank[matterOf(other, now)];
    if (order !== 0) return order;
    return one.kind === "session" && other.kind === "session" ? one.until - other.until : one.from - other.from;
  });
}
