import { randomBytes } from "node:crypto";
import {
  isRevoked,
  revocationExpiry,
  type RevocationKind,
  sourceIdentitySubject,
} from "../../../domain/sessions/revocations.ts";
import { principalIdOf, sealedPrincipal } from "../../../domain/sessions/session-record.ts";
import { type OpenedSession, openToken, sealSession, sessionIdLength } from "../../../domain/sessions/session-token.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { SessionIssuer, SessionList, SessionRequest } from "../../../ports/session-issuer.ts";
import { createDirectoryCache } from "../identity/directory-cache.ts";
import { watchRevision } from "../revision-watch.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import type { LoggedSession } from "../identity/session-procedures.ts";
import type { Keyring } from "./keyring.ts";
import { revocationsOf, sessionBy, sessionPage } from "./session-rows.ts";

export interface Sessions extends SessionIssuer, SessionList {
  /** `invalid`: altered, another key's, sealed by a retired key, or revoked. The token is the session: the list is not asked. */
  open(accessKeyId: string, token: string): Promise<OpenedSession | "invalid" | "expired">;
  /** Ends all sessions of the subject that were issued at or before this time, ms. The entry is deleted when all of them have expired. */
  revoke(kind: RevocationKind, subject: string, issuedBefore: number): Promise<void>;
  /** Deletes what expired: sessions from the list, and revocations that no session can meet any more. */
  forgetExpired(): Promise<void>;
}

/**
 * How many sessions one user, role or root may have in the list that it asked for, or the tokens of a provider for one role: without a limit,
 * a single right could fill the disk.
 * Two a second that last twelve hours are below it.
 */
const maxSessionsOfIssuer = 100_000;

/** Rows that the writer deletes in one turn. */
const forgottenAtOnce = 200;

/** Tokens that were opened, bytes. */
const maxOpened = 32 * 1024 * 1024;
/** Of a record without its texts. */
const emptySession = 2000;

/** Opening a token takes longer than anything else that a request needs to be authenticated. */
interface KnownSession {
  readonly accessKeyId: string;
  readonly token: string;
  readonly opened: OpenedSession;
  readonly revoked: boolean;
}

export function createSessions({
  database,
  keyring,
  clock,
  maxOfIssuer = maxSessionsOfIssuer,
}: {
  readonly database: DirectoryDatabase;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly maxOfIssuer?: number;
}): Sessions {
  const revokedUntil = revocationsOf(database.reader);
  // The record is packed in the token: texts that repeat themselves are many times longer in memory.
  const kept = createDirectoryCache<KnownSession>(
    "sessions",
    watchRevision(database.reader, "sessions"),
    ({ token, opened }) => ({ own: emptySession + 2 * (token.length + JSON.stringify(opened.record).length) }),
    maxOpened,
  );
  const read = async (accessKeyId: string, token: string): Promise<KnownSession | undefined> => {
    const opened = await openToken(accessKeyId, token, (id) => keyring.find(id));
    if (opened === undefined) return undefined;
    return { accessKeyId, token, opened, revoked: await isRevoked(opened.sessionId, opened.record, revokedUntil) };
  };
  const revoke: Sessions["revoke"] = async (kind, subject, issuedBefore) => {
    await database.write("revoke", { kind, subject, issuedBefore, expiresAt: revocationExpiry(issuedBefore) });
  };
  return {
    async issue(_grant, session) {
      const sealed = await sealSession(
        session,
        () => keyring.sealing(),
        () => randomBytes(sessionIdLength),
      );
      if (sealed.kind === "too-large") return sealed;
      const { sessionId, ...issued } = sealed;
      const row = loggedSession(session, sessionId, issued.accessKeyId, maxOfIssuer);
      // INVARIANT: in the list before anybody has the credentials, so that there is no session that cannot be ended.
      const outcome = await database.write("logSession", row);
      return outcome === "logged" ? issued : { kind: "too-many" };
    },
    async open(accessKeyId, token) {
      const known = await kept.of(token, () => read(accessKeyId, token));
      if (known === undefined || known.accessKeyId !== accessKeyId) return "invalid";
      if (clock.now() >= known.opened.record.expiresAt) return "expired";
      return known.revoked ? "invalid" : known.opened;
    },
    revoke,
    async forgetExpired() {
      const now = clock.now();
      await database.write("forgetRevocations", { now });
      while ((await database.write("forgetSessions", { now, limit: forgottenAtOnce })) === forgottenAtOnce);
    },
    findSession: async (accountId, id) => sessionBy(database.reader, accountId, "id", id),
    findSessionOfKey: async (accountId, key) => sessionBy(database.reader, accountId, "access_key_id", key),
    listSessions: async (_grant, accountId, page) => sessionPage(database.reader, accountId, page),
    async revokeSessions(_grant, accountId, { by, id }, issuedUntil) {
      // A session may be of a later time: the clock was set back, or it is of another gateway, whose clock is ahead.
      const session = by === "session" ? await sessionBy(database.reader, accountId, "id", id) : undefined;
      const until = Math.max(issuedUntil, session?.issuedAt ?? issuedUntil);
      await revoke(by, by === "source-identity" ? sourceIdentitySubject(accountId, id) : id, until);
    },
  };
}

function loggedSession(session: SessionRequest, id: string, accessKeyId: string, maxSessions: number): LoggedSession {
  const { principal, policies, origin, sourceIdentity, mfaAt, issuedAt, expiresAt, listed } = session;
  return {
    ...listed,
    id,
    accountId: principal.accountId,
    accessKeyId,
    principalKind: principal.kind,
    principalId: principalIdOf(sealedPrincipal(session)),
    principalArn: principal.arn,
    origin,
    sourceIdentity,
    mfa: mfaAt !== undefined,
    managedPolicies: policies.flatMap(({ managed }) => managed),
    inlinePolicies: policies.filter(({ inline }) => inline !== undefined).length,
    issuedAt,
    expiresAt,
    maxSessions,
  };
}
