import type { ListedSession, SessionsToRevoke } from "../../ports/session-issuer.ts";
import type { Grant } from "../../ports/grant.ts";
import { jsonDefault, jsonInteger, jsonOptional, jsonText, type JsonValues } from "../json/json-fields.ts";
import { type JsonResult, seconds } from "../json/json-value.ts";
import { isRefusal, type OperationContext, type Refusal, refuse, type ResolvedResource } from "../operation.ts";
import { defineOwn } from "./define-own.ts";

const name = jsonOptional(jsonText({ pattern: /^[\w+=,.@-]+$/, shown: "[\\w+=,.@-]+", max: 64 }));
const sessionId = jsonOptional(jsonText({ pattern: /^[0-9a-f]{32}$/, shown: "[0-9a-f]{32}", max: 32 }));

const accountOf = ({ principal }: OperationContext): string => ("accountId" in principal ? principal.accountId : "");

interface Named {
  readonly RoleName: string | undefined;
  readonly UserName: string | undefined;
}

/** The role or user that is named, as authorization sees it. The path is left out of refusals: only an identity that exists has one. */
async function namedTarget({ RoleName, UserName }: Named, context: OperationContext): Promise<ResolvedResource> {
  const accountId = accountOf(context);
  const [kind, given] = RoleName === undefined ? (["user", UserName] as const) : (["role", RoleName] as const);
  if (given === undefined) return { arn: "*", accountId };
  const arn = (await idOf({ RoleName, UserName }, context))?.arn ?? `arn:aws:iam::${accountId}:${kind}/${given}`;
  return { arn, accountId, resourceAsSent: `${kind} ${given}` };
}

async function idOf({ RoleName, UserName }: Named, context: OperationContext) {
  const { identity } = context.ports;
  const accountId = accountOf(context);
  if (RoleName !== undefined) return identity.findRole(accountId, RoleName);
  return UserName === undefined ? undefined : identity.findUser(accountId, UserName);
}

const notFound = (what: string): Refusal => refuse("ResourceNotFoundException", `${what} does not exist.`);
const describe = ({ RoleName, UserName }: Named): string =>
  RoleName === undefined ? `The user with name ${UserName ?? ""}` : `The role with name ${RoleName}`;

function shown(session: ListedSession, now: number): JsonResult {
  const { issuer, accountId, managedPolicies, inlinePolicies, sourceIdentity } = session;
  const isOwn = issuer.accountId === accountId;
  return {
    SessionId: session.id,
    AccessKeyId: session.accessKeyId,
    Operation: session.operation,
    PrincipalArn: session.principalArn,
    PrincipalId: session.principalId,
    ...(session.sessionName === "" ? {} : { SessionName: session.sessionName }),
    State: session.revoked ? "Revoked" : session.expiresAt <= now ? "Expired" : "Active",
    IssuedAt: seconds(session.issuedAt),
    ExpiresAt: seconds(session.expiresAt),
    // Of a caller of another account, only what CloudTrail says of one.
    Issuer: {
      AccountId: issuer.accountId,
      PrincipalId: issuer.id,
      ...(isOwn ? { Arn: issuer.arn } : {}),
      ...(isOwn && issuer.accessKeyId !== "" ? { AccessKeyId: issuer.accessKeyId } : {}),
    },
    SourceIpAddress: session.sourceIp,
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
    MfaAuthenticated: session.mfa,
    PolicyArns: managedPolicies,
    InlinePolicies: inlinePolicies,
  };
}

const oneOfThem = refuse("ValidationException", "Give at most one of RoleName and UserName.");

/** Newest first. Those of a user are its own and those that it began by assuming roles. */
export const listSessions = defineOwn({
  name: "ListSessions",
  fields: {
    RoleName: name,
    UserName: name,
    MaxResults: jsonDefault(jsonInteger(1, 1000), 100),
    NextToken: jsonOptional(jsonText({ max: 64 })),
  },
  target: async (values, context) =>
    values.RoleName !== undefined && values.UserName !== undefined ? oneOfThem : namedTarget(values, context),
  async run(grant, values, context) {
    const named = values.RoleName !== undefined || values.UserName !== undefined;
    const identity = await idOf(values, context);
    if (named && identity === undefined) return notFound(describe(values));
    const filter =
      identity === undefined
        ? undefined
        : ({ by: identity.kind === "role" ? "principal" : "origin", id: identity.id } as const);
    const { NextToken: after, MaxResults: limit } = values;
    const query = { filter, after, limit, turn: context.time.turn };
    const page = await context.ports.sessions.listSessions(grant, accountOf(context), query);
    if (page === undefined) return refuse("ValidationException", "NextToken is not one of an earlier answer.");
    return {
      Sessions: page.sessions.map((session) => shown(session, context.now)),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  },
});

const revokeFields = {
  SessionId: sessionId,
  RoleName: name,
  UserName: name,
  AccessKeyId: jsonOptional(jsonText({ pattern: /^\w+$/, shown: "\\w+", min: 16, max: 128 })),
  SourceIdentity: name,
  IssuedBefore: jsonOptional(jsonInteger(0, 100_000_000_000)),
};

type Revoke = JsonValues<typeof revokeFields>;

const notForOneSession = refuse("ValidationException", "IssuedBefore is not for one session.");

/** The ARN that the role or user of a session has now. A role may have a path, which the ARN of its session does not say. */
async function ownerArn(session: ListedSession, { ports }: OperationContext): Promise<string> {
  const { accountId, principalId, principalKind } = session;
  if (principalKind === "root" || principalId === accountId) return `arn:aws:iam::${accountId}:root`;
  const role = /:assumed-role\/([^/]+)\//.exec(session.principalArn)?.[1];
  const record = role === undefined ? undefined : await ports.identity.findRole(accountId, role);
  if (role !== undefined) return record?.id === principalId ? record.arn : `arn:aws:iam::${accountId}:role/${role}`;
  return principalKind === "federated-user" ? session.issuer.arn : session.principalArn;
}

async function revokeTarget(values: Revoke, context: OperationContext): Promise<ResolvedResource | Refusal> {
  const { SessionId, RoleName, UserName, AccessKeyId, SourceIdentity } = values;
  const given = [SessionId, RoleName, UserName, AccessKeyId, SourceIdentity].filter((one) => one !== undefined);
  if (given.length !== 1)
    return refuse("ValidationException", "Give one of SessionId, RoleName, UserName, AccessKeyId and SourceIdentity.");
  if (SessionId !== undefined && values.IssuedBefore !== undefined) return notForOneSession;
  if (SessionId === undefined) return namedTarget(values, context);
  const accountId = accountOf(context);
  const session = await context.ports.sessions.findSession(accountId, SessionId);
  const arn = session === undefined ? "*" : await ownerArn(session, context);
  return { arn, accountId, resourceAsSent: `session ${SessionId}` };
}

/** What to revoke, found in the caller's account. */
async function whichSessions(values: Revoke, context: OperationContext): Promise<SessionsToRevoke | Refusal> {
  const { SessionId, AccessKeyId, SourceIdentity } = values;
  const { ports } = context;
  const accountId = accountOf(context);
  if (SourceIdentity !== undefined) return { by: "source-identity", id: SourceIdentity };
  if (SessionId !== undefined) {
    const session = await ports.sessions.findSession(accountId, SessionId);
    return session === undefined ? notFound(`The session ${SessionId}`) : { by: "session", id: SessionId };
  }
  if (AccessKeyId !== undefined) {
    // No chain begins with a temporary key: what is meant is the session that has it.
    const session = await ports.sessions.findSessionOfKey(accountId, AccessKeyId);
    if (session !== undefined)
      return values.IssuedBefore === undefined ? { by: "session", id: session.id } : notForOneSession;
    const owner = await ports.principals.accountOfKey(AccessKeyId);
    return owner === accountId ? { by: "access-key", id: AccessKeyId } : notFound(`The access key ${AccessKeyId}`);
  }
  const identity = await idOf(values, context);
  return identity === undefined ? notFound(describe(values)) : { by: "principal", id: identity.id };
}

async function revoke(grant: Grant, values: Revoke, context: OperationContext): Promise<JsonResult | Refusal> {
  const which = await whichSessions(values, context);
  if (isRefusal(which)) return which;
  // A time to come would also end sessions that nobody has asked for yet.
  const until = Math.min(context.now, values.IssuedBefore === undefined ? context.now : values.IssuedBefore * 1000 - 1);
  await context.ports.sessions.revokeSessions(grant, accountOf(context), which, until);
  return { RevokedUntil: seconds(until) };
}

/** Ends sessions that were issued until now, or before `IssuedBefore` (seconds); they are refused from the next request on. */
export const revokeSessions = defineOwn({
  name: "RevokeSessions",
  fields: revokeFields,
  target: revokeTarget,
  run: revoke,
});
