import type { Principal } from "@s3-credentials/policy";
import { authorizeSignIn } from "../authz/authorize-sign-in.ts";
import { sessionIdOf } from "../domain/sessions/session-token.ts";
import type { ConsoleKeys, ConsoleRole, ConsoleSessionRecord } from "../ports/console-session-store.ts";
import type { Grant } from "../ports/grant.ts";
import type { Ports } from "../ports/ports.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { hashOfId, newSessionId, sentSessionId } from "./cookies.ts";

const minuteMs = 60_000;
export const maxLifeMs = 12 * 60 * minuteMs;
/** Without a request. */
export const idleMs = 60 * minuteMs;
/** Between the answers that a sign-in asks for, and until a one-time link is used. */
const stageMs = { mfa: 5 * minuteMs, "new-password": 15 * minuteMs, link: 15 * minuteMs } as const;
const maxRootMs = 60 * minuteMs;

/** A session, with the id that the browser has. */
export interface Session {
  readonly id: string;
  readonly record: ConsoleSessionRecord;
}

type SessionPorts = Pick<Ports, "identity" | "sessions" | "clock">;

/** The session of a request, at this stage; undefined when it is gone, has expired, or was not used for too long. */
export async function sessionOf(
  { identity, clock }: SessionPorts,
  request: ConsoleRequest,
  stage: ConsoleSessionRecord["stage"] = "signed-in",
): Promise<Session | undefined> {
  const id = sentSessionId(request);
  if (id === undefined) return undefined;
  const record = await identity.findConsoleSession(hashOfId(id));
  const now = clock.now();
  if (record?.stage !== stage || isOver(record, now)) return undefined;
  // Once a minute is enough to know whether it is used.
  if (now - record.seenAt >= minuteMs) await identity.touchConsoleSession(record.idHash, now);
  return { id, record: withoutOldRole(record, now) };
}

function isOver({ expiresAt, seenAt }: ConsoleSessionRecord, now: number): boolean {
  return now >= expiresAt || now - seenAt >= idleMs;
}

/** The session leaves an expired role by itself. */
function withoutOldRole(record: ConsoleSessionRecord, now: number): ConsoleSessionRecord {
  return record.role !== undefined && now >= record.role.expiresAt ? { ...record, role: undefined } : record;
}

/** Who signs in, and with what. */
export interface NewSession {
  readonly principal: Extract<Principal, { accountId: string }>;
  readonly stage: ConsoleSessionRecord["stage"];
  readonly keys: ConsoleKeys | undefined;
  readonly mfaAt: number | undefined;
  readonly family?: string;
  /** ms since the epoch, when its keys end; at the latest after twelve hours, or one for root. */
  readonly until?: number;
  readonly now?: number;
}

/** Gives the id, which the store does not have. */
export async function openSession(ports: SessionPorts, request: ConsoleRequest, session: NewSession): Promise<string> {
  const { id, record } = newRecord(ports, request, session);
  await ports.identity.createConsoleSession(authorizeSignIn(session.principal, request.requestId), record);
  return id;
}

/** The same by a password that was set at this time, ms; undefined when it is not the user's any more. */
export async function openByPassword(
  ports: SessionPorts,
  request: ConsoleRequest,
  session: NewSession,
  passwordSetAt: number,
): Promise<string | undefined> {
  const { id, record } = newRecord(ports, request, session);
  const grant = authorizeSignIn(session.principal, request.requestId);
  return (await ports.identity.createConsoleSession(grant, { ...record, passwordSetAt })) ? id : undefined;
}

function newRecord(
  { clock }: SessionPorts,
  request: ConsoleRequest,
  { principal, stage, keys, mfaAt, family, until, now = clock.now() }: NewSession,
): Session {
  const id = newSessionId();
  const life = stage === "signed-in" ? maxLifeOf(principal) : stageMs[stage];
  const record: ConsoleSessionRecord = {
    ...whoIs(principal),
    idHash: hashOfId(id),
    stage,
    accountId: principal.accountId,
    family,
    keys,
    role: undefined,
    createdAt: now,
    seenAt: now,
    expiresAt: Math.min(now + life, until ?? Infinity),
    endsAt: until,
    mfaAt,
    ...clientOf(request),
  };
  return { id, record };
}

/**
 * The session goes on under a new id, so that whoever knew the old one has nothing; undefined when it is gone meanwhile. A session that has
 * answered the last step begins now.
 */
export async function continueSession(
  { identity, clock }: SessionPorts,
  request: ConsoleRequest,
  record: ConsoleSessionRecord,
  change: { readonly role?: ConsoleRole | undefined } = {},
): Promise<Session | undefined> {
  const id = newSessionId();
  const next = signedIn(request, { ...record, ...change, idHash: hashOfId(id) }, clock.now());
  return (await identity.replaceConsoleSession(record.idHash, next)) ? { id, record: next } : undefined;
}

/**
 * The session of a user who set a new password at this time, ms: that has ended all sessions of the user. Gives the new id; undefined when
 * the password was set again meanwhile.
 */
export async function reopenSession(
  { identity, clock }: SessionPorts,
  request: ConsoleRequest,
  record: ConsoleSessionRecord,
  passwordSetAt: number,
): Promise<string | undefined> {
  const id = newSessionId();
  const next = signedIn(request, { ...record, idHash: hashOfId(id), passwordSetAt }, clock.now());
  return (await identity.createConsoleSession(grantOf(request, record), next)) ? id : undefined;
}

function signedIn(request: ConsoleRequest, record: ConsoleSessionRecord, now: number): ConsoleSessionRecord {
  if (record.stage === "signed-in") return { ...record, seenAt: now };
  const life = record.kind === "root" ? maxRootMs : maxLifeMs;
  return {
    ...record,
    ...clientOf(request),
    stage: "signed-in",
    createdAt: now,
    seenAt: now,
    expiresAt: Math.min(now + life, record.endsAt ?? Infinity),
  };
}

/** Deletes sessions that nobody can use any more. */
export async function forgetConsoleSessions(
  identity: SessionPorts["identity"],
  clock: SessionPorts["clock"],
): Promise<void> {
  await identity.forgetConsoleSessions(clock.now(), clock.now() - idleMs);
}

/**
 * Signed out: the id opens nothing any more, and all keys that were made for the session, roles' too, end at once. Keys that the user brought
 * are the user's, and stay.
 */
export async function closeSession(ports: SessionPorts, request: ConsoleRequest, { record }: Session): Promise<void> {
  await ports.identity.deleteConsoleSession(record.idHash);
  await endRole(ports, request, record);
  await endKeys(ports, request, record);
}

const ownSession = "session-";

/** The family of a session whose keys no lasting key began: they are that one session of a role. */
export function sessionFamily(sessionId: string): string {
  return `${ownSession}${sessionId}`;
}

/** All keys that were made for the session. */
export async function endKeys(
  { sessions, clock }: SessionPorts,
  request: ConsoleRequest,
  record: ConsoleSessionRecord,
): Promise<void> {
  const { family } = record;
  if (family === undefined) return;
  const which = family.startsWith(ownSession)
    ? ({ by: "session", id: family.slice(ownSession.length) } as const)
    : ({ by: "access-key", id: family } as const);
  await sessions.revokeSessions(grantOf(request, record), record.accountId, which, clock.now());
}

export async function endRole(
  { sessions, clock }: SessionPorts,
  request: ConsoleRequest,
  record: ConsoleSessionRecord,
): Promise<void> {
  const token = record.role?.sessionToken;
  if (token === undefined) return;
  const which = { by: "session", id: sessionIdOf(token) } as const;
  await sessions.revokeSessions(grantOf(request, record), record.accountId, which, clock.now());
}

function grantOf({ requestId }: ConsoleRequest, record: ConsoleSessionRecord): Grant {
  const { accountId, arn, principalId: userId, name: userName } = record;
  return authorizeSignIn({ kind: "user-session", accountId, arn, userId, userName }, requestId);
}

function maxLifeOf({ kind }: Principal): number {
  return kind === "root" ? maxRootMs : maxLifeMs;
}

function clientOf({ client, headers }: ConsoleRequest): Pick<ConsoleSessionRecord, "address" | "agent"> {
  return { address: client.sourceIp, agent: (headers["user-agent"] ?? "").slice(0, 256) };
}

/** The principal, as the row of a session names it. */
export function whoIs(
  principal: NewSession["principal"],
): Pick<ConsoleSessionRecord, "kind" | "principalId" | "name" | "arn"> {
  const { arn, accountId } = principal;
  switch (principal.kind) {
    case "root":
      return { kind: "root", principalId: accountId, name: "root", arn };
    case "user":
    case "user-session":
      return { kind: "user", principalId: principal.userId, name: principal.userName, arn };
    case "federated-user":
      return { kind: "federated", principalId: principal.userId, name: arn.split("/").at(-1) ?? "", arn };
    case "role-session":
      return {
        kind: "federated",
        principalId: `${principal.roleId}:${principal.sessionName}`,
        name: `${principal.roleName}/${principal.sessionName}`,
        arn,
      };
  }
}
