import { randomBytes } from "node:crypto";
import { isRevoked, revocationExpiry, type RevocationKind } from "../../../domain/sessions/revocations.ts";
import { type OpenedSession, openToken, sealSession, sessionIdLength } from "../../../domain/sessions/session-token.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { SessionIssuer } from "../../../ports/session-issuer.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import { integer } from "../sql-value.ts";
import type { Keyring } from "./keyring.ts";

export interface Sessions extends SessionIssuer {
  /** `invalid`: altered, another key's, sealed by a retired key, or revoked. No table holds sessions: the token is the session. */
  open(accessKeyId: string, token: string): OpenedSession | "invalid" | "expired";
  /** Ends all sessions of the subject that were issued at or before this time, ms. The entry is deleted when all of them have expired. */
  revoke(kind: RevocationKind, subject: string, issuedBefore: number): Promise<void>;
  /** Deletes entries that no session can meet any more. */
  forgetRevocations(): Promise<void>;
}

export function createSessions({
  database,
  keyring,
  clock,
}: {
  readonly database: DirectoryDatabase;
  readonly keyring: Keyring;
  readonly clock: Clock;
}): Sessions {
  const revokedUntil = (kind: RevocationKind, subject: string): number | undefined =>
    database.reader.get(
      "SELECT issued_before FROM revocations WHERE kind = ? AND subject = ?",
      [kind, subject],
      ([time]) => integer(time),
    );
  return {
    issue: (_grant, session) =>
      sealSession(
        session,
        () => keyring.sealing(),
        () => randomBytes(sessionIdLength),
      ),
    open(accessKeyId, token) {
      const opened = openToken(accessKeyId, token, (id) => keyring.find(id));
      if (opened === undefined) return "invalid";
      if (clock.now() >= opened.record.expiresAt) return "expired";
      return isRevoked(opened.sessionId, opened.record, revokedUntil) ? "invalid" : opened;
    },
    async revoke(kind, subject, issuedBefore) {
      await database.write("revoke", { kind, subject, issuedBefore, expiresAt: revocationExpiry(issuedBefore) });
    },
    async forgetRevocations() {
      await database.write("forgetRevocations", { now: clock.now() });
    },
  };
}
