import { listKeys, listUsers } from "../api/iam.ts";
import { type IssuedSession, listSessions } from "../api/sessions.ts";
import { countOf, showDuration } from "../shell/format.ts";

const day = 86_400_000;
/** Keys that are older are replaced. */
export const oldKeyDays = 90;

/** From when to when something gives access. Times are milliseconds since 1970. */
export interface Lifetime {
  readonly id: string;
  readonly kind: "key" | "session";
  readonly name: string;
  /** The page where it is changed. */
  readonly page: string;
  readonly from: number;
  /** Infinity: it ends when somebody ends it. */
  readonly until: number;
}

/** An account may have thousands of users, and each is asked for its keys. */
const maxUsers = 100;
const atOnce = 6;

export interface AccountKeys {
  readonly keys: readonly Lifetime[];
  /** Users whose keys were not looked at. */
  readonly usersLeft: number;
}

/** Active keys of the users of the account, of the first hundred. */
export async function readKeyLifetimes(): Promise<AccountKeys> {
  const users = await listUsers();
  const waiting = users.slice(0, maxUsers);
  const keys: Lifetime[] = [];
  const work = async (): Promise<void> => {
    for (let user = waiting.shift(); user !== undefined; user = waiting.shift())
      keys.push(...(await keysOf(user.name)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { keys, usersLeft: Math.max(0, users.length - maxUsers) };
}

export async function keysOf(user: string): Promise<readonly Lifetime[]> {
  const keys = await listKeys(user);
  return keys
    .filter(({ active }) => active)
    .map(({ id, created }) => ({
      id,
      kind: "key",
      name: `Key of ${user}`,
      page: `/users/${encodeURIComponent(user)}/keys`,
      from: Date.parse(created),
      until: Infinity,
    }));
}

/** Of one user and what it began, or of the whole account. */
export async function readSessionLifetimes(user: string | undefined): Promise<readonly Lifetime[]> {
  const sessions = await listSessions(user === undefined ? {} : { UserName: user });
  return sessions.filter(({ state }) => state === "Active").map(lifetimeOf);
}

function lifetimeOf({ id, principalArn, issued, expires }: IssuedSession): Lifetime {
  const [, kind = "", path = ""] = /^[^/]*:(user|assumed-role|federated-user)\/(.*)$/.exec(principalArn) ?? [];
  const parts = path.split("/");
  const [what, name] = kind === "assumed-role" ? ["role", parts[0] ?? ""] : ["user", parts.at(-1) ?? ""];
  return {
    id,
    kind: "session",
    name: name === "" ? "Session of the root user" : `Session of the ${what} ${name}`,
    page: name === "" || kind === "federated-user" ? "/credentials" : `/${what}s/${encodeURIComponent(name)}/sessions`,
    from: Date.parse(issued),
    until: Date.parse(expires),
  };
}

export type Matter = "old" | "ending" | "none";

/** What a person has to do about it soon. */
export function matterOf({ kind, from, until }: Lifetime, now: number): Matter {
  if (kind === "key") return now - from > oldKeyDays * day ? "old" : "none";
  return until - now <= day ? "ending" : "none";
}

/** "100 days old, without an end", "58 min left of 1 h" */
export function lifetimeWords({ kind, from, until }: Lifetime, now: number): string {
  if (kind === "session") return `${showDuration(until - now)} left of ${showDuration(until - from)}`;
  const days = Math.floor((now - from) / day);
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
