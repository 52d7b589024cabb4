import { type Principal, principalContext, type PrincipalFacts } from "@s3-credentials/policy";
import type { AccountRecord, PrincipalRecord, UserRecord } from "../../ports/identity-records.ts";
import type { Caller, SessionFacts } from "../../ports/principal-directory.ts";
import type { SealedPrincipal, SessionRecord } from "../sessions/session-record.ts";
import { type CallerLayers, noLayers } from "./layers.ts";

/** What the organization says of whoever is of an account. */
export interface Membership {
  readonly organizationId: string;
  readonly organizationPath: string;
  /** Levels of service control policies; none limit the management account. */
  readonly guardrails: CallerLayers["guardrails"];
}

export interface CallerAccount extends AccountRecord {
  readonly membership: Membership;
}

/** A user or role with everything that decides what it may do. */
export interface KnownPrincipal {
  readonly record: PrincipalRecord;
  readonly account: CallerAccount;
  readonly layers: CallerLayers;
}

export const anonymousCaller: Caller = {
  principal: { kind: "anonymous" },
  layers: noLayers,
  context: principalContext({ kind: "anonymous" }),
  accessKeyId: undefined,
  session: undefined,
};

export function rootCaller({ id: accountId, canonicalId, membership }: CallerAccount, accessKeyId: string): Caller {
  const principal = rootPrincipal(accountId, canonicalId);
  const layers = { ...noLayers, guardrails: membership.guardrails };
  return { principal, layers, context: contextIn(membership, principal), accessKeyId, session: undefined };
}

function contextIn(
  { organizationId, organizationPath }: Membership,
  principal: Principal,
  facts: Omit<PrincipalFacts, "organization"> = {},
): Caller["context"] {
  return principalContext(principal, { ...facts, organization: { id: organizationId, path: organizationPath } });
}

/** The user behind an access key of this account; undefined when the key's owner is no user of it. */
export function userCaller(
  { record, account, layers }: KnownPrincipal,
  accountId: string,
  accessKeyId: string,
): Caller | undefined {
  if (record.kind !== "user" || account.id !== accountId) return undefined;
  const principal = userPrincipal(record, account.canonicalId);
  const context = contextIn(account.membership, principal, { tags: record.tags });
  return { principal, layers, context, accessKeyId, session: undefined };
}

/** The caller that a user, or a session of a role without session policies, would be now. */
export function simulatedCaller({
  record,
  account: { canonicalId, membership },
  layers,
}: KnownPrincipal): Pick<Caller, "principal" | "layers" | "context"> {
  const principal =
    record.kind === "role" ? sessionPrincipal(record, canonicalId, "simulated") : userPrincipal(record, canonicalId);
  return { principal, layers, context: contextIn(membership, principal, { tags: record.tags }) };
}

/** A user whom nobody is, with the policies of a group: no key of the context says who it is. */
export function simulatedMember(
  accountId: string,
  layers: CallerLayers,
): Pick<Caller, "principal" | "layers" | "context"> {
  const arn = `arn:aws:iam::${accountId}:user/simulated`;
  const principal = { kind: "user", accountId, arn, userId: "AIDASIMULATED", userName: "simulated" } as const;
  return { principal, layers, context: new Map([["aws:principalaccount", accountId]]) };
}

/**
 * `known` is whose policies count: the role or user of the session, and for a federated user the user who made it. `sessions`: the
 * layers of the session's own policies.
 */
export function sessionCaller(
  known: KnownPrincipal,
  session: SessionRecord,
  sessions: CallerLayers["sessions"],
  accessKeyId: string,
): Caller | undefined {
  const { record, account, layers } = known;
  const principal = principalOf(record, account, session.principal);
  if (principal === undefined) return undefined;
  // The tags of a user are not those of a federated user that it makes.
  const tags = principal.kind === "federated-user" ? [] : record.tags;
  return callerOf(principal, account.membership, { ...layers, sessions }, session, tags, accessKeyId);
}

/** A session of the root, or a federated user that the root made: `everything` is the root's own right. */
export function rootSessionCaller(
  { id: accountId, canonicalId, membership }: CallerAccount,
  session: SessionRecord,
  {
    everything,
    sessions,
  }: { readonly everything: CallerLayers["identity"]; readonly sessions: CallerLayers["sessions"] },
  accessKeyId: string,
): Caller | undefined {
  const { principal } = session;
  const { guardrails } = membership;
  if (principal.kind === "root") {
    const root = rootPrincipal(accountId, canonicalId);
    return callerOf(root, membership, { ...noLayers, guardrails, sessions }, session, [], accessKeyId);
  }
  if (principal.kind !== "federated-user") return undefined;
  const federated = federatedPrincipal(accountId, canonicalId, principal.name);
  const layers = { ...noLayers, guardrails, identity: everything, sessions };
  return callerOf(federated, membership, layers, session, [], accessKeyId);
}

function callerOf(
  principal: SessionPrincipal,
  membership: Membership,
  layers: CallerLayers,
  session: SessionRecord,
  ownTags: Iterable<readonly [string, string]>,
  accessKeyId: string,
): Caller {
  const { issuedAt, expiresAt, sourceIdentity, tags, transitiveTagKeys, policies, mfaAt, origin, issuerAccounts } =
    session;
  const { claims = {} } = session;
  const context = contextIn(membership, principal, {
    tags: [...ownTags, ...Object.entries(tags)],
    claims: Object.entries(claims),
    issuedAt,
    ...(mfaAt === undefined ? {} : { withMfa: true }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  });
  const token =
    session.principal.kind === "root" || (session.principal.kind === "user-session" && session.principal.token);
  const facts: SessionFacts = {
    issuedAt,
    expiresAt,
    sourceIdentity,
    tags,
    transitiveTagKeys,
    token,
    mfaAt,
    origin,
    issuerAccounts,
    policyStack: policies,
  };
  return { principal, layers, context, accessKeyId, session: facts };
}

type SessionPrincipal = Extract<Principal, { kind: "role-session" | "user-session" | "federated-user" | "root" }>;

/** Undefined when the id of a role is in the place of a user's, or the account is another. */
function principalOf(
  record: PrincipalRecord,
  { canonicalId }: AccountRecord,
  sealed: SealedPrincipal,
): SessionPrincipal | undefined {
  if (sealed.kind === "federated-user") {
    if (record.kind !== "user" || record.accountId !== sealed.accountId) return undefined;
    const issuer = { arn: record.arn, userId: record.id };
    return { ...federatedPrincipal(record.accountId, canonicalId, sealed.name), issuer };
  }
  const kind = record.kind === "role" ? "role-session" : "user-session";
  if (sealed.kind !== kind) return undefined;
  const session = sessionPrincipal(record, canonicalId, sealed.kind === "role-session" ? sealed.sessionName : "");
  if (session.kind === "role-session" && sealed.kind === "role-session" && sealed.provider !== undefined)
    return { ...session, provider: sealed.provider };
  const isToken = session.kind === "user-session" && sealed.kind === "user-session" && sealed.token;
  return isToken ? { ...session, token: true } : session;
}

function rootPrincipal(accountId: string, canonicalId: string): Extract<Principal, { kind: "root" }> {
  return { kind: "root", accountId, canonicalId, arn: `arn:aws:iam::${accountId}:root` };
}

function federatedPrincipal(
  accountId: string,
  canonicalId: string,
  name: string,
): Extract<Principal, { kind: "federated-user" }> {
  return {
    kind: "federated-user",
    accountId,
    canonicalId,
    arn: `arn:aws:sts::${accountId}:federated-user/${name}`,
    userId: `${accountId}:${name}`,
  };
}

function userPrincipal(
  { accountId, arn, id: userId, name: userName }: UserRecord,
  canonicalId: string,
): Extract<Principal, { kind: "user" }> {
  return { kind: "user", accountId, canonicalId, arn, userId, userName };
}

function sessionPrincipal(
  record: PrincipalRecord,
  canonicalId: string,
  sessionName: string,
): Extract<Principal, { kind: "role-session" | "user-session" }> {
  const { accountId, arn, id, name } = record;
  if (record.kind === "user") return { kind: "user-session", accountId, canonicalId, arn, userId: id, userName: name };
  const session = `arn:aws:sts::${accountId}:assumed-role/${name}/${sessionName}`;
  return {
    kind: "role-session",
    accountId,
    canonicalId,
    arn: session,
    roleArn: arn,
    roleId: id,
    roleName: name,
    sessionName,
  };
}
