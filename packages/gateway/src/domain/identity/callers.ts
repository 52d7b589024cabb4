import { type Principal, principalContext } from "@s3-credentials/policy";
import type { AccountRecord, PrincipalRecord, UserRecord } from "../../ports/identity-store.ts";
import type { Caller, SessionFacts } from "../../ports/principal-directory.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { type CallerLayers, noLayers } from "./layers.ts";

/** A user or role with everything that decides what it may do. */
export interface KnownPrincipal {
  readonly record: PrincipalRecord;
  readonly account: AccountRecord;
  readonly layers: CallerLayers;
}

export const anonymousCaller: Caller = {
  principal: { kind: "anonymous" },
  layers: noLayers,
  context: principalContext({ kind: "anonymous" }),
  accessKeyId: undefined,
  session: undefined,
};

export function rootCaller({ id: accountId, canonicalId }: AccountRecord, accessKeyId: string): Caller {
  const principal = { kind: "root", accountId, canonicalId, arn: `arn:aws:iam::${accountId}:root` } as const;
  return { principal, layers: noLayers, context: principalContext(principal), accessKeyId, session: undefined };
}

/** The user behind an access key of this account; undefined when the key's owner is no user of it. */
export function userCaller(
  { record, account, layers }: KnownPrincipal,
  accountId: string,
  accessKeyId: string,
): Caller | undefined {
  if (record.kind !== "user" || account.id !== accountId) return undefined;
  const principal = userPrincipal(record, account.canonicalId);
  const context = principalContext(principal, { tags: record.tags });
  return { principal, layers, context, accessKeyId, session: undefined };
}

/** The caller that a user, or a session of a role without session policies, would be now. */
export function simulatedCaller({
  record,
  account: { canonicalId },
  layers,
}: KnownPrincipal): Pick<Caller, "principal" | "layers" | "context"> {
  const principal =
    record.kind === "role" ? sessionPrincipal(record, canonicalId, "simulated") : userPrincipal(record, canonicalId);
  return { principal, layers, context: principalContext(principal, { tags: record.tags }) };
}

/** `sessions`: the layers of the session's own policies. */
export function sessionCaller(
  { record, account, layers }: KnownPrincipal,
  session: SessionRecord,
  sessions: CallerLayers["sessions"],
  accessKeyId: string,
): Caller {
  const principal = sessionPrincipal(record, account.canonicalId, session.principal.sessionName);
  const { issuedAt, expiresAt, sourceIdentity, tags, transitiveTagKeys, policies } = session;
  const context = principalContext(principal, {
    tags: [...record.tags, ...Object.entries(tags)],
    issuedAt,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  });
  const facts: SessionFacts = {
    issuedAt,
    expiresAt,
    sourceIdentity,
    tags,
    transitiveTagKeys,
    policyStack: policies,
  };
  return { principal, layers: { ...layers, sessions }, context, accessKeyId, session: facts };
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
  if (record.kind === "user")
    return { kind: "user-session", accountId, canonicalId, arn, userId: id, userName: name, sessionName };
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
