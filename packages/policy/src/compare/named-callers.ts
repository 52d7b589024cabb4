/** The callers that principal elements name, with what is not known of them left open. */
import { principalContext } from "../model/principal-context.ts";
import type { Policy, PrincipalEntry } from "../model/policy.ts";
import {
  type Caller,
  type CallerKind,
  lastName,
  type OpenCaller,
  otherPath,
  principalWith,
  someCaller,
  text,
  uniqueIds,
} from "./callers.ts";
import { formats, literalTokens, type Tokens } from "./tokens.ts";

export function entriesOf(policies: readonly Policy[]): readonly PrincipalEntry[] {
  return policies.flatMap(({ statements }) => statements.flatMap(({ principal }) => principal?.entries ?? []));
}

/** The identity providers among them. */
export function providersOf(entries: readonly PrincipalEntry[]): readonly string[] {
  return distinct(entries.flatMap((entry) => (entry.kind === "federated" ? entry.provider : [])));
}

/** Where callers are looked for, and what is known of all of them. */
export interface CallerPlace extends Partial<OpenCaller> {
  readonly account: string;
  readonly partition: string;
}

/**
 * Everybody of one account whom the entries name. Somebody may be named in several ways at once: by an ARN, by a unique id, as a session, by
 * the identity provider, by who asked for a federated user. Where one entry grants and another one denies, only a caller whom both name
 * shows it, so each way is asked for together with each other.
 */
export function* namedCallers(entries: readonly PrincipalEntry[], place: CallerPlace): Generator<Caller> {
  const named = namesOf(entries, place);
  const users = pairs(
    named.users,
    named.ids.filter((id) => !id.startsWith("AROA")),
  );
  for (const user of users) for (const kind of userKinds) yield fixed(some(kind, place), user);
  for (const arn of [undefined, ...named.federatedUsers])
    for (const issuer of [undefined, ...users]) {
      if (arn === undefined && issuer === undefined) continue;
      yield federatedUser(place, arn, issuer);
    }
  for (const [role, sessions] of rolesOf(named, place))
    for (const roleId of [undefined, ...distinct(named.ids.filter(isRole).map(roleIdOf))])
      for (const sessionName of distinct([...sessions, ...sessionsOfId(named.ids, roleId)])) {
        if (role === undefined && roleId === undefined && sessionName === undefined) continue;
        for (const provider of [undefined, ...named.providers])
          yield sessionWith(roleSession(role, named, provider === undefined ? place : { ...place, provider }), {
            roleId,
            sessionName,
          });
      }
}

/** A role by its ARN, or some other role of this name, in a path. */
type NamedRole = { readonly arn: string } | { readonly otherThan: string };

/**
 * The roles that sessions are asked for, with the names of these sessions; undefined: some other. The ARN of a session says neither the path
 * of its role nor the role's id, so it may belong to any role of its name.
 */
function rolesOf(
  { roles, sessions }: Names,
  { account, partition }: CallerPlace,
): readonly (readonly [role: NamedRole | undefined, sessions: readonly (string | undefined)[]])[] {
  const inRoot = (name: string): string => `arn:${partition}:iam::${account}:role/${name}`;
  return [
    [undefined, [undefined]],
    ...roles.map((arn) => [{ arn }, [undefined, ...(sessions.get(lastName(arn)) ?? [])]] as const),
    ...[...sessions].flatMap(([name, ofRole]) => [
      ...(roles.includes(inRoot(name)) ? [] : [[{ arn: inRoot(name) }, ofRole] as const]),
      [{ otherThan: inRoot(name) }, ofRole] as const,
    ]),
  ];
}

/**
 * Everybody who acts as a user or role, with tags and sign-in open; also as the sessions and the federated users that policies of resources
 * name. An id there is of somebody who is gone: a policy that is read back has the ARNs of all others. They are made one after the other,
 * because there may be as many as providers times sessions.
 */
export function* callersOf(arn: string, policies: readonly Policy[] = []): Generator<Caller> {
  const place = placeOf(arn);
  const named = namesOf(entriesOf(policies), place);
  if (arn.split(":")[5]?.startsWith("role/") !== true) {
    for (const kind of userKinds) yield fixed(some(kind, place), { arn });
    for (const one of named.federatedUsers) yield federatedUser(place, one, { arn });
    return;
  }
  for (const provider of [undefined, ...named.providers]) {
    const session = roleSession({ arn }, named, provider === undefined ? place : { ...place, provider });
    for (const sessionName of [undefined, ...(named.sessions.get(lastName(arn)) ?? [])])
      yield sessionWith(session, { sessionName });
  }
}

export function placeOf(arn: string): CallerPlace {
  const [, partition = "aws", , , account = ""] = arn.split(":");
  return { account, partition };
}

interface Names {
  /** ARNs. */
  readonly users: readonly string[];
  readonly federatedUsers: readonly string[];
  readonly roles: readonly string[];
  /** The names of sessions, by the name of their role. */
  readonly sessions: ReadonlyMap<string, readonly string[]>;
  /** `AIDA…`, `AROA…`, or `AROA…:SESSION`. */
  readonly ids: readonly string[];
  readonly providers: readonly string[];
}

function namesOf(entries: readonly PrincipalEntry[], { account, partition }: CallerPlace): Names {
  const arns = (kind: "user" | "federated-user" | "role" | "role-session"): readonly string[] =>
    distinct(
      entries.flatMap((entry) => (entry.kind === kind && entry.arn.startsWith(`arn:${partition}:`) ? entry.arn : [])),
    ).filter((arn) => arn.split(":")[4] === account);
  const sessions = new Map<string, readonly string[]>();
  for (const arn of arns("role-session")) {
    const [, role = "", session = ""] = arn.split("/");
    sessions.set(role, [...(sessions.get(role) ?? []), session]);
  }
  return {
    users: arns("user"),
    federatedUsers: arns("federated-user"),
    roles: arns("role"),
    sessions,
    ids: distinct(entries.flatMap((entry) => (entry.kind === "unique-id" ? entry.id : []))),
    providers: providersOf(entries),
  };
}

const isRole = (id: string): boolean => id.startsWith("AROA");
const roleIdOf = (id: string): string => id.split(":")[0] ?? id;

function sessionsOfId(ids: readonly string[], roleId: string | undefined): readonly string[] {
  return ids.flatMap((id) => (roleId !== undefined && id.startsWith(`${roleId}:`) ? id.slice(roleId.length + 1) : []));
}

function distinct<T>(found: readonly T[]): readonly T[] {
  return [...new Set(found)];
}

/** A user, as far as it is named. */
interface UserNames {
  readonly arn?: string | undefined;
  readonly userId?: string | undefined;
}

/** Users with one of these ARNs, with one of these ids, and with one of each. */
function pairs(arns: readonly string[], ids: readonly string[]): readonly UserNames[] {
  return [undefined, ...arns]
    .flatMap((arn) => [undefined, ...ids].map((userId) => ({ arn, userId })))
    .filter(({ arn, userId }) => arn !== undefined || userId !== undefined);
}

const userKinds = ["user", "user-session", "session-token"] as const;

function some(kind: CallerKind, { account, ...more }: CallerPlace): Caller {
  return someCaller(kind, account, more);
}

/** What names a user is for the federated users that the user asks for as well. */
function federatedUser(place: CallerPlace, arn: string | undefined, issuer: UserNames | undefined): Caller {
  const by = issuer && { issuer: { arn: issuer.arn ?? "", userId: issuer.userId ?? "" } };
  return fixed(some("federated-user", { ...place, ...by }), { arn });
}

function roleSession(role: NamedRole | undefined, { roles }: Names, place: CallerPlace): Caller {
  const session = some("role-session", place);
  if (role === undefined) return session;
  if ("arn" in role) return fixed(session, role);
  const { otherThan } = role;
  const inPath = fixed(session, { arn: otherPath(otherThan, [otherThan, ...roles]) });
  const path: Tokens = [
    { kind: "one", of: "segment" },
    { kind: "run", of: "path" },
  ];
  const name = lastName(otherThan);
  const anyPath = [...literalTokens(otherThan.slice(0, -name.length)), ...path, ...literalTokens(`/${name}`)];
  const known = new Map([...inPath.known].filter(([key]) => key !== "aws:principalarn"));
  // Whoever has the ARN of a role that is named is a caller of its own.
  return { ...inPath, known, open: new Map([...inPath.open, ["aws:principalarn", text(anyPath, false, roles)]]) };
}

interface SessionNames {
  readonly roleId?: string | undefined;
  readonly sessionName?: string | undefined;
}

/** The session of a role with what is known of the role's id and of its own name. */
function sessionWith(caller: Caller, { roleId, sessionName }: SessionNames): Caller {
  const { principal, open } = caller;
  if (principal.kind !== "role-session" || (roleId === undefined && sessionName === undefined)) return caller;
  const userId: Tokens = [
    ...(roleId === undefined ? [...literalTokens("AROA"), ...uniqueIds] : literalTokens(roleId)),
    ...literalTokens(":"),
    ...(sessionName === undefined ? formats["iam-name"] : literalTokens(sessionName)),
  ];
  const names = { roleId: roleId ?? principal.roleId, sessionName: sessionName ?? principal.sessionName };
  const arn = principal.arn.replace(/[^/]*$/, names.sessionName);
  const keys = new Map([...open, ["aws:userid", text(userId, false)] as const]);
  return { ...caller, principal: { ...principal, ...names, arn }, open: keys, named: true };
}

/** With what is known of the names. */
function fixed(caller: Caller, { arn, userId }: UserNames): Caller {
  const values = new Map<string, string>();
  if (arn !== undefined) values.set("aws:principalarn", arn);
  if (userId !== undefined) values.set("aws:userid", userId);
  const principal = principalWith(caller, values);
  // The ARN of a user says its name, that of a federated user its id.
  if (arn !== undefined) values.set(principal.kind === "federated-user" ? "aws:userid" : "aws:username", "");
  const known = new Map([...caller.known, ...[...principalContext(principal)].filter(([key]) => values.has(key))]);
  const open = new Map([...caller.open].filter(([key]) => !known.has(key)));
  return { principal, open, known, named: true };
}
