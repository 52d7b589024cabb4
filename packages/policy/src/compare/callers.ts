/** Who makes a request, with what is known of it and what is not. */
import { isPrincipalKey, principalContext, type PrincipalFacts } from "../model/principal-context.ts";
import { hasAccount } from "../engine/layer-order.ts";
import type { Statement } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { CannotDecide } from "./budget.ts";
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

/** `session-token`: a session of GetSessionToken, which a policy that names the user grants as to the user. */
export type CallerKind = Exclude<Principal["kind"], "anonymous" | "service" | "web-identity"> | "session-token";

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

/** Some caller of this kind, of whom only the account is known. `excluded`: ARNs and ids of others. */
export function someCaller(kind: CallerKind, accountId: string, more: Partial<OpenCaller> = {}): Caller {
  const { partition = "aws", excluded = [] } = more;
  const principal = principalOf(kind, accountId, more);
  const known = new Map(principalContext(principal));
  const open = new Map<string, KeyDomain>();
  if (kind !== "root") {
    known.delete("aws:principalarn");
    known.delete("aws:userid");
    open.set("aws:principalarn", text(arnFormats[kind](partition, accountId), false, excluded));
    open.set("aws:userid", text(userIdFormat(kind, accountId), false, excluded));
  }
  if (known.delete("aws:username")) open.set("aws:username", text(formats["iam-name"], false));
  for (const key of ["aws:principaltag/", "aws:principalorgid"]) open.set(key, text(undefined, true));
  open.set("aws:principalorgpaths", { ...domainOfKey("aws:principalorgpaths", true) });
  if (kind !== "user" && kind !== "root")
    for (const key of ["aws:sourceidentity", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:assumedroot"])
      open.set(key, domainOfKey(key, false));
  if (kind !== "user" && kind !== "root")
    open.set("aws:tokenissuetime", { ...domainOfKey("aws:tokenissuetime", false), mayBeAbsent: false });
  if (kind === "role-session" && more.provider === undefined) open.set("aws:federatedprovider", text(undefined, true));
  return { principal, open, known, named: false };
}

export interface OpenCaller {
  readonly partition: string;
  readonly excluded: readonly string[];
  readonly provider: string;
  readonly canonicalId: string;
  /** Of a federated user: who asked for it. */
  readonly issuer: { readonly arn: string; readonly userId: string };
}

function principalOf(kind: CallerKind, accountId: string, more: Partial<OpenCaller>): Principal {
  const { partition = "aws", excluded = [], provider, canonicalId, issuer } = more;
  const base = { accountId, ...(canonicalId === undefined ? {} : { canonicalId }) };
  const iam = `arn:${partition}:iam::${accountId}:`;
  const sts = `arn:${partition}:sts::${accountId}:`;
  const [name, longer] = [otherName("x", excluded), otherName("xx", excluded)];
  const user = { ...base, arn: `${iam}user/${name}`, userId: "AIDAXXXXXXXXXXXXXXXXX", userName: name };
  switch (kind) {
    case "root":
      return { kind, ...base, arn: `${iam}root` };
    case "user":
    case "user-session":
      return { kind, ...user };
    case "session-token":
      return { kind: "user-session", ...user, token: true };
    case "federated-user": {
      const federated = { kind, ...base, arn: `${sts}federated-user/${longer}`, userId: `${accountId}:${longer}` };
      return issuer === undefined ? federated : { ...federated, issuer };
    }
    case "role-session": {
      const names = { roleName: name, sessionName: longer, roleId: "AROAXXXXXXXXXXXXXXXXX" };
      const arns = { arn: `${sts}assumed-role/${name}/${longer}`, roleArn: `${iam}role/${name}` };
      const session = { kind, ...base, ...names, ...arns };
      return provider === undefined ? session : { ...session, provider };
    }
  }
}

/** A name that none of the ARNs has. */
function otherName(name: string, arns: readonly string[]): string {
  return arns.some((arn) => lastName(arn) === name) ? otherName(`${name}x`, arns) : name;
}

/** Some service of AWS, which calls on its own behalf. `excluded`: others. */
export function someService(excluded: readonly string[]): Caller {
  const principal = { kind: "service", service: otherService("service.amazonaws.com", excluded) } as const;
  const open = new Map([
    ["aws:principalservicename", text(undefined, false, excluded)],
    ["aws:principalservicenameslist", { ...domainOfKey("aws:principalservicenameslist", true), mayBeAbsent: false }],
  ]);
  return { principal, open, known: new Map([["aws:principalisawsservice", "true"]]), named: false };
}

function otherService(name: string, others: readonly string[]): string {
  return others.includes(name) ? otherService(`x${name}`, others) : name;
}

const inPath = (start: string): Tokens => [
  ...literalTokens(start),
  { kind: "run", of: "path" },
  { kind: "one", of: "iam-name" },
];

const arnFormats: Readonly<Record<Exclude<CallerKind, "root">, (partition: string, account: string) => Tokens>> = {
  user: (partition, account) => inPath(`arn:${partition}:iam::${account}:user/`),
  "user-session": (partition, account) => inPath(`arn:${partition}:iam::${account}:user/`),
  "session-token": (partition, account) => inPath(`arn:${partition}:iam::${account}:user/`),
  "role-session": (partition, account) => inPath(`arn:${partition}:iam::${account}:role/`),
  "federated-user": (partition, account) => [
    ...literalTokens(`arn:${partition}:sts::${account}:federated-user/`),
    ...formats["iam-name"],
  ],
};

export const uniqueIds: Tokens = [
  { kind: "one", of: "segment" },
  { kind: "run", of: "segment" },
];

function userIdFormat(kind: Exclude<CallerKind, "root">, account: string): Tokens {
  if (kind === "federated-user") return [...literalTokens(`${account}:`), ...formats["iam-name"]];
  if (kind !== "role-session") return [...literalTokens("AIDA"), ...uniqueIds];
  return [...literalTokens("AROA"), ...uniqueIds, ...literalTokens(":"), ...formats["iam-name"]];
}

export const lastName = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** Values were found that contradict each other: the name of a user, and its ARN. */
export const twoNames = "aws:username and aws:PrincipalArn of one user together";

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
  if (arn !== undefined && lastName(arn) !== userName) throw new CannotDecide(twoNames);
  return {
    ...principal,
    userName,
    arn: arn ?? otherPath(principal.arn.replace(/[^/]*$/, userName), open.get("aws:principalarn")?.excluded),
    userId: userId ?? principal.userId,
  };
}

/** The ARN of a user or role of this name that is none of these: the same, or in a path. */
export function otherPath(arn: string, others: readonly string[] = []): string {
  return others.includes(arn) ? otherPath(arn.replace(/[^/]*$/, "x/$&"), others) : arn;
}

/** The keys of a statement's conditions and variables. */
export function keysOf({ conditions, resource }: Statement): readonly string[] {
  const patterns = [...(resource?.patterns ?? []), ...conditions.flatMap(({ values }) => values)];
  const variables = patterns.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === "variable" ? part.key : [])),
  );
  return [...conditions.map(({ key }) => key), ...variables];
}
