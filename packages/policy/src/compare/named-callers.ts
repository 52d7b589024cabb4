/** The callers that principal elements name, with what is not known of them left open. */
import { principalContext } from "../model/principal-context.ts";
import type { Policy, PrincipalEntry } from "../model/policy.ts";
import { type Caller, type CallerKind, lastName, principalWith, someCaller, text, uniqueIds } from "./callers.ts";
import { formats, literalTokens, type Tokens } from "./tokens.ts";

export function entriesOf(policies: readonly Policy[]): readonly PrincipalEntry[] {
  return policies.flatMap(({ statements }) => statements.flatMap(({ principal }) => principal?.entries ?? []));
}

const users = ["user", "user-session", "session-token"] as const;

/** What names a user is for the federated users that the user makes as well. */
function federatedBy(
  account = "",
  { arn = "", userId = "" }: { readonly arn?: string; readonly userId?: string },
): Caller {
  return { ...someCaller("federated-user", account, { issuer: { arn, userId } }), named: true };
}

/**
 * The callers that an entry names, with what is not known of them left open. `others`: the entries of the same question, which may name the
 * sessions of a role, and roles of the name that a session has.
 */
export function namedCallers(
  entry: PrincipalEntry,
  everywhere: readonly string[],
  others: readonly PrincipalEntry[] = [],
): readonly Caller[] {
  switch (entry.kind) {
    case "unique-id":
      return everywhere.flatMap((account) => withUniqueId(entry.id, account));
    case "user":
      return [...users.map((kind) => named(entry.arn, kind)), federatedBy(entry.arn.split(":")[4], { arn: entry.arn })];
    case "role":
      return roleSessions(entry.arn, others);
    case "federated-user":
      return [named(entry.arn, "federated-user")];
    case "role-session":
      return sessionNamed(entry.arn, others);
    default:
      return [];
  }
}

/**
 * Everybody who acts as a user or role, with tags and sign-in open; also as the sessions and the federated users that policies of resources
 * name. An id there is of somebody who is gone: a policy that is read back has the ARNs of all others.
 */
export function callersOf(arn: string, policies: readonly Policy[] = []): readonly Caller[] {
  const [, , , , account, resource = ""] = arn.split(":");
  const entries = entriesOf(policies);
  if (resource.startsWith("role/")) return roleSessions(arn, entries);
  const federated = entries.flatMap((entry) =>
    entry.kind === "federated-user" && entry.arn.split(":")[4] === account ? entry.arn : [],
  );
  return [
    ...users.map((kind) => named(arn, kind)),
    ...[...new Set(federated)].map((one) => named(one, "federated-user")),
  ];
}

/** The sessions of a role that the entries tell apart: any, and each that they name. */
function roleSessions(arn: string, entries: readonly PrincipalEntry[]): readonly Caller[] {
  const session = named(arn, "role-session");
  const names = entries.flatMap((entry) =>
    entry.kind === "role-session" && isSessionOf(entry.arn, arn) ? lastName(entry.arn) : [],
  );
  return [session, ...[...new Set(names)].map((sessionName) => sessionWith(session, { sessionName }))];
}

function isSessionOf(session: string, role: string): boolean {
  return session.startsWith(`${role.split(":role/")[0]?.replace(":iam:", ":sts:")}:assumed-role/${lastName(role)}/`);
}

function named(arn: string, kind: CallerKind): Caller {
  const [, partition = "aws", , , account = ""] = arn.split(":");
  return fixed(someCaller(kind, account, { partition }), "aws:principalarn", arn);
}

/** Its ARN says neither the path of the role nor the role's id. */
function sessionNamed(arn: string, others: readonly PrincipalEntry[]): readonly Caller[] {
  const [, partition = "aws", , , account = ""] = arn.split(":");
  const [, roleName = "", sessionName = ""] = arn.split("/");
  const roles = `arn:${partition}:iam::${account}:role/`;
  const withoutPath = sessionWith(named(`${roles}${roleName}`, "role-session"), { sessionName });
  const path: Tokens = [
    { kind: "one", of: "segment" },
    { kind: "run", of: "path" },
  ];
  const anyPath = [...literalTokens(roles), ...path, ...literalTokens(`/${roleName}`)];
  const known = new Map([...withoutPath.known].filter(([key]) => key !== "aws:principalarn"));
  // Whoever has the ARN of a role that is named is a caller of its own.
  const roleArns = others.flatMap((entry) => (entry.kind === "role" ? entry.arn : []));
  const open = new Map([...withoutPath.open, ["aws:principalarn", text(anyPath, false, roleArns)] as const]);
  return [withoutPath, { ...withoutPath, open, known }];
}

/** The session of a role with what is known of the role's id and of its own name. */
function sessionWith(caller: Caller, more: { readonly roleId?: string; readonly sessionName?: string }): Caller {
  const { principal, open } = caller;
  if (principal.kind !== "role-session") return caller;
  const { roleId, sessionName } = more;
  const userId: Tokens = [
    ...(roleId === undefined ? [...literalTokens("AROA"), ...uniqueIds] : literalTokens(roleId)),
    ...literalTokens(":"),
    ...(sessionName === undefined ? formats["iam-name"] : literalTokens(sessionName)),
  ];
  const arn = principal.arn.replace(/[^/]*$/, sessionName ?? principal.sessionName);
  const keys = new Map([...open, ["aws:userid", text(userId, false)] as const]);
  return { ...caller, principal: { ...principal, ...more, arn }, open: keys, named: true };
}

/** `AIDA…`, `AROA…`, or `AROA…:SESSION`. */
function withUniqueId(id: string, account: string): readonly Caller[] {
  if (!id.startsWith("AROA"))
    return [
      ...users.map((kind) => fixed(someCaller(kind, account), "aws:userid", id)),
      federatedBy(account, { userId: id }),
    ];
  const [roleId = id, sessionName] = id.split(":");
  return [
    sessionWith(someCaller("role-session", account), { roleId, ...(sessionName === undefined ? {} : { sessionName }) }),
  ];
}

function fixed(caller: Caller, key: "aws:userid" | "aws:principalarn", value: string): Caller {
  const principal = principalWith(caller, new Map([[key, value]]));
  // The ARN of a user says its name, that of a federated user its id.
  const also = principal.kind === "federated-user" ? "aws:userid" : "aws:username";
  const known = new Map([
    ...caller.known,
    ...[...principalContext(principal)].filter(
      ([name]) => name === key || (key === "aws:principalarn" && name === also),
    ),
  ]);
  const open = new Map([...caller.open].filter(([name]) => !known.has(name)));
  return { principal, open, known, named: true };
}
