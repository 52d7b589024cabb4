/**
 * Who may make a request. There are infinitely many principals, but a policy tells only finitely many kinds apart: nobody, each principal
 * that it names, and some other user, role session … of each account that it names and of one that it does not name.
 */
import { isPrincipalKey, principalContext, type PrincipalFacts } from "../model/principal-context.ts";
import { hasAccount } from "../engine/layer-order.ts";
import type { Policy, PrincipalEntry, Statement } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { policyDocument } from "../parse/print.ts";
import { type Budget, CannotDecide } from "./budget.ts";
import { domainOfKey, type KeyDomain } from "./key-domain.ts";
import { formats, literalTokens, type Tokens } from "./tokens.ts";

export interface Caller {
  readonly principal: Principal;
  /** What the policies may ask about it and what is not known of it, by key in lower case. All else that tells who calls is known. */
  readonly open: ReadonlyMap<string, KeyDomain>;
  readonly known: ReadonlyMap<string, string | readonly string[]>;
  /** Whether a policy's statements name it: an account, a user, a role … */
  readonly named: boolean;
}

export type CallerKind = Exclude<Principal["kind"], "anonymous" | "service" | "web-identity">;

/** Of a principal of which everything is known but the keys in `open`, which may also be absent. */
export function knownCaller(principal: Principal, facts: PrincipalFacts = {}, open: readonly string[] = []): Caller {
  const keys = open.map((key) => key.toLowerCase());
  const known = new Map([...principalContext(principal, facts)].filter(([key]) => !keys.includes(key)));
  const isSet = (key: string): boolean => key === "aws:principalorgpaths";
  return { principal, open: new Map(keys.map((key) => [key, domainOfKey(key, isSet(key))])), known, named: true };
}

/** Keys that say who calls, or how the caller signed in. */
export function tellsCaller(key: string): boolean {
  return isPrincipalKey(key) || /^aws:multifactorauth/i.test(key);
}

export function domainFor({ known, open }: Caller, key: string, usedAsSet: boolean): KeyDomain {
  const domain = domainOfKey(key, usedAsSet);
  if (!tellsCaller(key)) return domain;
  const value = known.get(key);
  if (value !== undefined) return { ...domain, fixed: value };
  const family = key.startsWith("aws:principaltag/") ? "aws:principaltag/" : key;
  return open.get(key) ?? open.get(family) ?? { ...domain, fixed: [] };
}

export function text(format: Tokens | undefined, mayBeAbsent: boolean, not: readonly string[] = []): KeyDomain {
  const domain = { mayBeAbsent, multivalued: false, type: "String", excluded: not } as const;
  return format === undefined ? domain : { ...domain, format };
}

/** Some caller of this kind, of whom only the account is known. `excluded`: ARNs of others. */
export function someCaller(kind: CallerKind, accountId: string, more: Partial<OpenCaller> = {}): Caller {
  const { partition = "aws", excluded = [], provider, canonicalId } = more;
  const principal = principalOf(kind, accountId, partition, provider, canonicalId);
  const known = new Map(principalContext(principal));
  const open = new Map<string, KeyDomain>();
  if (kind !== "root") {
    known.delete("aws:principalarn");
    known.delete("aws:userid");
    open.set("aws:principalarn", text(arnFormats[kind](partition, accountId), false, excluded));
    open.set("aws:userid", text(userIdFormat(kind, accountId), false));
  }
  if (known.delete("aws:username")) open.set("aws:username", text(formats["iam-name"], false, excluded.map(lastName)));
  for (const key of ["aws:principaltag/", "aws:principalorgid"]) open.set(key, text(undefined, true));
  open.set("aws:principalorgpaths", { ...domainOfKey("aws:principalorgpaths", true) });
  if (kind !== "user" && kind !== "root")
    for (const key of ["aws:sourceidentity", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:assumedroot"])
      open.set(key, domainOfKey(key, false));
  if (kind !== "user" && kind !== "root")
    open.set("aws:tokenissuetime", { ...domainOfKey("aws:tokenissuetime", false), mayBeAbsent: false });
  return { principal, open, known, named: false };
}

interface OpenCaller {
  readonly partition: string;
  readonly excluded: readonly string[];
  readonly provider: string;
  readonly canonicalId: string;
}

function principalOf(
  kind: CallerKind,
  accountId: string,
  partition: string,
  provider: string | undefined,
  canonicalId: string | undefined,
): Principal {
  const base = { accountId, ...(canonicalId === undefined ? {} : { canonicalId }) };
  const iam = `arn:${partition}:iam::${accountId}:`;
  const sts = `arn:${partition}:sts::${accountId}:`;
  switch (kind) {
    case "root":
      return { kind, ...base, arn: `${iam}root` };
    case "user":
    case "user-session":
      return { kind, ...base, arn: `${iam}user/x`, userId: "AIDAXXXXXXXXXXXXXXXXX", userName: "x" };
    case "federated-user":
      return { kind, ...base, arn: `${sts}federated-user/xx`, userId: `${accountId}:xx` };
    case "role-session": {
      const names = { roleName: "x", sessionName: "xx", roleId: "AROAXXXXXXXXXXXXXXXXX" };
      const session = { kind, ...base, ...names, arn: `${sts}assumed-role/x/xx`, roleArn: `${iam}role/x` };
      return provider === undefined ? session : { ...session, provider };
    }
  }
}

const inPath = (start: string): Tokens => [
  ...literalTokens(start),
  { kind: "run", of: "path" },
  { kind: "one", of: "iam-name" },
];

const arnFormats: Readonly<Record<Exclude<CallerKind, "root">, (partition: string, account: string) => Tokens>> = {
  user: (partition, account) => inPath(`arn:${partition}:iam::${account}:user/`),
  "user-session": (partition, account) => inPath(`arn:${partition}:iam::${account}:user/`),
  "role-session": (partition, account) => inPath(`arn:${partition}:iam::${account}:role/`),
  "federated-user": (partition, account) => [
    ...literalTokens(`arn:${partition}:sts::${account}:federated-user/`),
    ...formats["iam-name"],
  ],
};

const uniqueIds: Tokens = [
  { kind: "one", of: "segment" },
  { kind: "run", of: "segment" },
];

function userIdFormat(kind: Exclude<CallerKind, "root">, account: string): Tokens {
  const start = { user: "AIDA", "user-session": "AIDA", "role-session": "AROA", "federated-user": `${account}:` }[kind];
  const session = kind === "role-session" ? [...literalTokens(":"), ...formats["iam-name"]] : [];
  const id = kind === "federated-user" ? formats["iam-name"] : uniqueIds;
  return [...literalTokens(start), ...id, ...session];
}

const lastName = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** The caller with the values that a search found for what was open; two values that contradict each other are no answer. */
export function principalWith({ principal, open }: Caller, values: ReadonlyMap<string, string>): Principal {
  const arn = values.get("aws:principalarn");
  const userId = values.get("aws:userid");
  if (open.size === 0 || !hasAccount(principal) || principal.kind === "root") return principal;
  if (principal.kind === "role-session") {
    const [roleId = principal.roleId, sessionName = principal.sessionName] = userId?.split(":") ?? [];
    const roleArn = arn ?? principal.roleArn;
    const roleName = lastName(roleArn);
    const sts = `arn:${roleArn.split(":")[1] ?? "aws"}:sts::${principal.accountId}:assumed-role`;
    return { ...principal, roleArn, roleName, roleId, sessionName, arn: `${sts}/${roleName}/${sessionName}` };
  }
  if (principal.kind === "federated-user") {
    const name = arn === undefined ? (userId?.split(":")[1] ?? lastName(principal.arn)) : lastName(arn);
    if (userId !== undefined && userId !== `${principal.accountId}:${name}`)
      throw new CannotDecide("aws:userid and aws:PrincipalArn of a federated user together");
    return { ...principal, arn: principal.arn.replace(/[^/]*$/, name), userId: `${principal.accountId}:${name}` };
  }
  const userName = values.get("aws:username") ?? (arn === undefined ? principal.userName : lastName(arn));
  if (arn !== undefined && lastName(arn) !== userName)
    throw new CannotDecide("aws:username and aws:PrincipalArn of one user together");
  return {
    ...principal,
    userName,
    arn: arn ?? principal.arn.replace(/[^/]*$/, userName),
    userId: userId ?? principal.userId,
  };
}

/** Everything that is written in the documents, to find what they name. */
function writtenIn(policies: readonly Policy[]): string {
  return JSON.stringify(policies.map(policyDocument));
}

function namedAccounts(policies: readonly Policy[]): readonly string[] {
  return [...new Set(writtenIn(policies).match(/(?<!\d)\d{12}(?!\d)/g))];
}

const accounts = ["999988887777", "888877776666", "777766665555"];

/** An account that the documents do not name. */
export function otherAccount(policies: readonly Policy[]): string {
  const written = writtenIn(policies);
  return accounts.find((one) => !written.includes(one)) ?? "666655554444";
}

function partitionsOf(policies: readonly Policy[]): readonly string[] {
  return [...new Set(["aws", ...(writtenIn(policies).match(/(?<=arn:)aws-[a-z-]+(?=:)/g) ?? [])])];
}

export const kinds: readonly CallerKind[] = ["user", "role-session", "user-session", "federated-user"];

/** Whether a condition or a variable of the documents asks who calls. */
export function asksWhoCalls(policies: readonly Policy[]): boolean {
  return policies.some(({ statements }) => statements.some((statement) => keysOf(statement).some(tellsCaller)));
}

export function keysOf({ conditions, resource }: Statement): readonly string[] {
  const patterns = [...(resource?.patterns ?? []), ...conditions.flatMap(({ values }) => values)];
  const variables = patterns.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === "variable" ? part.key : [])),
  );
  return [...conditions.map(({ key }) => key), ...variables];
}

/** Callers of policies that are attached to them. One is enough where the policies do not ask who calls. */
export function* attachedCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  const other = otherAccount(policies);
  if (!asksWhoCalls(policies)) {
    yield someCaller("user", other);
    return;
  }
  checkAccountPatterns(policies);
  for (const partition of partitionsOf(policies))
    for (const account of [other, ...namedAccounts(policies)])
      for (const kind of kinds) yield counted(someCaller(kind, account, { partition }), budget);
}

/** Callers that the policies of resources can tell apart. */
export function* resourceCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  checkAccountPatterns(policies);
  const entries = policies.flatMap(({ statements }) => statements.flatMap(({ principal }) => principal?.entries ?? []));
  const everywhere = [...new Set([otherAccount(policies), ...namedAccounts(policies)])];
  const partitions = partitionsOf(policies);
  const excluded = entries.flatMap((entry) => ("arn" in entry ? [entry.arn] : []));
  const distinct = (found: readonly string[]): readonly string[] => [...new Set(found)];
  const canonical = distinct(entries.flatMap((entry) => (entry.kind === "canonical-user" ? [entry.id] : [])));
  const providers = distinct(entries.flatMap((entry) => (entry.kind === "federated" ? [entry.provider] : [])));
  const services = distinct(entries.flatMap((entry) => (entry.kind === "service" ? [entry.service] : [])));
  yield knownCaller({ kind: "anonymous" });
  for (const canonicalId of [undefined, ...canonical])
    for (const account of everywhere)
      for (const partition of partitions) {
        const more = { partition, excluded, ...(canonicalId === undefined ? {} : { canonicalId }) };
        budget.spend(excluded.length * (kinds.length + 1 + providers.length));
        for (const kind of [...kinds, "root" as const]) yield counted(someCaller(kind, account, more), budget);
        for (const provider of providers)
          yield counted(someCaller("role-session", account, { ...more, provider }), budget);
      }
  for (const entry of entries) for (const one of namedCallers(entry, everywhere)) yield counted(one, budget);
  for (const service of services) yield knownCaller({ kind: "service", service });
}

/** There may be as many as accounts times canonical ids times providers. */
function counted(caller: Caller, budget: Budget): Caller {
  budget.spend(keptCaller);
  return caller;
}

const keptCaller = 200;

/** The callers that an entry names, with what is not known of them left open. */
export function namedCallers(entry: PrincipalEntry, everywhere: readonly string[]): readonly Caller[] {
  switch (entry.kind) {
    case "unique-id":
      return everywhere.flatMap((account) => withUniqueId(entry.id, account));
    case "user":
      return [named(entry.arn, "user"), named(entry.arn, "user-session")];
    case "role":
      return [named(entry.arn, "role-session")];
    case "federated-user":
      return [named(entry.arn, "federated-user")];
    case "role-session":
      return sessionNamed(entry.arn);
    default:
      return [];
  }
}

/** Everybody who acts as a user or role, with tags and sign-in open. */
export function callersOf(arn: string): readonly Caller[] {
  return arn.split(":")[5]?.startsWith("role/") === true
    ? [named(arn, "role-session")]
    : [named(arn, "user"), named(arn, "user-session")];
}

function named(arn: string, kind: CallerKind): Caller {
  const [, partition = "aws", , , account = ""] = arn.split(":");
  return fixed(someCaller(kind, account, { partition }), "aws:principalarn", arn);
}

/** Its ARN says neither the path of the role nor the role's id. */
function sessionNamed(arn: string): readonly Caller[] {
  const [, partition = "aws", , , account = ""] = arn.split(":");
  const [, roleName = "", sessionName = ""] = arn.split("/");
  const roles = `arn:${partition}:iam::${account}:role/`;
  const withoutPath = named(`${roles}${roleName}`, "role-session");
  const path: Tokens = [
    { kind: "one", of: "segment" },
    { kind: "run", of: "path" },
  ];
  const withPath = [...literalTokens(roles), ...path, ...literalTokens(`/${roleName}`)];
  const userId: Tokens = [...literalTokens("AROA"), ...uniqueIds, ...literalTokens(`:${sessionName}`)];
  return [undefined, withPath].map((format) => {
    const { principal, open, known } = withoutPath;
    const keys = new Map([...open, ["aws:userid", text(userId, false)] as const]);
    const others = new Map(known);
    if (format !== undefined && others.delete("aws:principalarn")) keys.set("aws:principalarn", text(format, false));
    const session = principal.kind === "role-session" ? { ...principal, sessionName, arn } : principal;
    return { principal: session, open: keys, known: others, named: true };
  });
}

function withUniqueId(id: string, account: string): readonly Caller[] {
  if (!id.startsWith("AROA"))
    return (["user", "user-session"] as const).map((kind) => fixed(someCaller(kind, account), "aws:userid", id));
  const { principal, open, known } = someCaller("role-session", account);
  const userId = [...literalTokens(`${id}:`), ...formats["iam-name"]];
  const keys = new Map([...open, ["aws:userid", text(userId, false)] as const]);
  const session = principal.kind === "role-session" ? { ...principal, roleId: id } : principal;
  return [{ principal: session, open: keys, known, named: true }];
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

/** Account numbers are told apart by name only. */
export function checkAccountPatterns(policies: readonly Policy[]): void {
  for (const { statements } of policies)
    for (const { conditions } of statements)
      for (const { key, values } of conditions) {
        const name = key.toLowerCase();
        for (const { text } of values) {
          const account =
            name === "aws:principalaccount" ? text : name === "aws:principalarn" ? text.split(":")[4] : "";
          if (account !== undefined && /[*?]/.test(account) && /\d/.test(account))
            throw new CannotDecide(`a wildcard inside an account number in a condition on ${key}`);
        }
      }
}
