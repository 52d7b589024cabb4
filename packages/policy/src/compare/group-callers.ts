/** As whom many can ask at once: the sessions of a role, everybody of an account. */
import { parseArn } from "../match/arn.ts";
import type { Policy, PrincipalEntry } from "../model/policy.ts";
import type { PrincipalFacts } from "../model/principal-context.ts";
import type { Principal } from "../model/request.ts";
import { checkAccountNumbers } from "./account-numbers.ts";
import { type Caller, knownCaller, someCaller, text } from "./callers.ts";
import { entriesOf, namedCallers, placeOf } from "./named-callers.ts";
import { kinds } from "./policy-callers.ts";
import { formats, literalTokens } from "./tokens.ts";

type RoleSession = Extract<Principal, { kind: "role-session" }>;

export interface RoleOfSessions {
  /** Any session of the role. */
  readonly principal: RoleSession;
  readonly facts: PrincipalFacts;
  readonly openKeys: readonly string[];
  /** Whether sessions can have tags of their own, which take the place of the role's. */
  readonly takesTags: boolean;
  /** Identity providers that its sessions may come from. */
  readonly providers: readonly string[];
}

/** The sessions of a role that a policy of a resource can tell apart: those that it names, and any other. */
export function sessionCallers(role: RoleOfSessions, resource: Policy | undefined): readonly Caller[] {
  const { principal, providers } = role;
  const { roleId, roleName, accountId } = principal;
  const names = [
    ...new Set(entriesOf(resource === undefined ? [] : [resource]).flatMap((entry) => sessionNamed(entry, principal))),
  ];
  const other = unlike("session", names);
  const arn = principal.arn.replace(/[^/]*$/, "");
  const as = (sessionName: string, provider?: string): Caller => {
    const session = { ...principal, sessionName, arn: `${arn}${sessionName}` };
    return openSession(role, provider === undefined ? session : { ...session, provider });
  };
  // What lets in a provider and what spares a session may be about the one session that is both.
  const named = names.flatMap((name) => [undefined, ...providers].map((provider) => as(name, provider)));
  const others = [undefined, ...providers].map((provider): Caller => {
    const caller = as(other, provider);
    const userId = [...literalTokens(`${roleId}:`), ...formats["iam-name"]];
    const excluded = names.map((name) => `${roleId}:${name}`);
    const known = new Map([...caller.known].filter(([key]) => key !== "aws:userid"));
    return { ...caller, known, open: new Map([...caller.open, ["aws:userid", text(userId, false, excluded)]]) };
  });
  return accountId === "" || roleName === "" ? [as("session")] : [...others, ...named];
}

function openSession({ facts, openKeys, takesTags }: RoleOfSessions, principal: RoleSession): Caller {
  const caller = knownCaller(principal, facts, openKeys);
  if (!takesTags) return caller;
  const isTag = (key: string): boolean => key.startsWith("aws:principaltag/");
  const own = [...caller.known.keys()].filter(isTag);
  return {
    ...caller,
    known: new Map([...caller.known].filter(([key]) => !isTag(key))),
    open: new Map([
      ...caller.open,
      ["aws:principaltag/", text(undefined, true)],
      ...own.map((key) => [key, text(undefined, false)] as const),
    ]),
  };
}

function sessionNamed(entry: PrincipalEntry, { roleId, roleName, accountId }: RoleSession): readonly string[] {
  if (entry.kind === "unique-id" && entry.id.startsWith(`${roleId}:`)) return [entry.id.slice(roleId.length + 1)];
  if (entry.kind !== "role-session" || entry.arn.split(":")[4] !== accountId) return [];
  const [, role, session = ""] = entry.arn.split("/");
  return role === roleName ? [session] : [];
}

function unlike(name: string, others: readonly string[]): string {
  return others.includes(name) ? unlike(`${name}-x`, others) : name;
}

/** Everybody of an account of whom nothing else is known, but those whom the policy names. @throws {CannotDecide} */
export function* accountCallers(accountId: string, resource: Policy, canonicalId?: string): Generator<Caller> {
  checkAccountNumbers([resource]);
  const entries = entriesOf([resource]);
  const excluded = entries.flatMap((entry) => ("arn" in entry ? [entry.arn] : []));
  const named = entries.flatMap((entry) => (entry.kind === "federated" ? [entry.provider] : []));
  // The account's own, and those that have no account, such as `accounts.google.com`.
  const providers = named.filter((provider) => (parseArn(provider)?.account ?? accountId) === accountId);
  const more = { excluded, ...(canonicalId === undefined ? {} : { canonicalId }) };
  for (const kind of [...kinds, "root"] as const) yield someCaller(kind, accountId, more);
  for (const provider of new Set(providers)) yield someCaller("role-session", accountId, { ...more, provider });
}

/** Whoever a statement of the policy names by an ARN, of whom nothing else is known; the federated users of a user are others. */
export function entryCallers(entry: PrincipalEntry, resource: Policy | undefined): readonly Caller[] {
  if (!("arn" in entry)) return [];
  const isIt = ({ principal }: Caller): boolean => principal.kind !== "federated-user" || entry.kind === principal.kind;
  const providers = entriesOf(resource === undefined ? [] : [resource]).filter(({ kind }) => kind === "federated");
  return [...namedCallers([entry, ...providers], placeOf(entry.arn))].filter(isIt);
}
