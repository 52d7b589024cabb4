import { listKeys } from "../api/iam/access-keys.ts";
import { listUsers } from "../api/iam/users.ts";
import { type IssuedSession, listSessions } from "../api/sessions.ts";
import { eachOf } from "../api/each-of.ts";
import type { Lifetime } from "./lifetimes.ts";

/** The page of credentials is there at once, although an account may have thousands of users and each is asked for its keys. */
const maxUsers = 100;

export interface AccountKeys {
  readonly keys: readonly Lifetime[];
  /** Users whose keys were not looked at. */
  readonly usersLeft: number;
}

/** Active keys of the users of the account, of the first hundred. */
export async function readKeyLifetimes(): Promise<AccountKeys> {
  const users = await listUsers();
  const keys = await eachOf(users.slice(0, maxUsers), ({ name }) => keysOf(name));
  return { keys: keys.flat(), usersLeft: Math.max(0, users.length - maxUsers) };
}

/** Active keys of every user of the account. */
export async function readAllKeys(): Promise<readonly Lifetime[]> {
  return (await eachOf(await listUsers(), ({ name }) => keysOf(name))).flat();
}

export async function keysOf(user: string): Promise<readonly Lifetime[]> {
  const keys = await listKeys(user);
  return keys
    .filter(({ active }) => active)
    .map(({ id, created }) => ({
      id,
      kind: "key",
      user,
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
    user: "",
    name: name === "" ? "Session of the root user" : `Session of the ${what} ${name}`,
    page: name === "" || kind === "federated-user" ? "/credentials" : `/${what}s/${encodeURIComponent(name)}/sessions`,
    from: Date.parse(issued),
    until: Date.parse(expires),
  };
}
