import type { SessionRecord } from "./session-record.ts";

/** By session id (32 hexadecimal digits), by unique id of the user or role, by source identity. */
export type RevocationKind = "session" | "principal" | "source-identity";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: no session lives longer than 36 hours. */
export const maxSessionLength = 36 * 3_600_000;

/** `revokedUntil`: sessions of the subject issued at or before this time, ms, are ended; undefined when none are. */
export function isRevoked(
  sessionId: string,
  { principal, sourceIdentity, issuedAt }: SessionRecord,
  revokedUntil: (kind: RevocationKind, subject: string) => number | undefined,
): boolean {
  const subjects: readonly (readonly [RevocationKind, string])[] = [
    ["session", sessionId],
    ["principal", principal.kind === "role-session" ? principal.roleId : principal.userId],
    ...(sourceIdentity === undefined ? [] : ([["source-identity", sourceIdentity]] as const)),
  ];
  return subjects.some(([kind, subject]) => {
    const until = revokedUntil(kind, subject);
    return until !== undefined && issuedAt <= until;
  });
}

/** When the entry may be deleted, because every session that it ends has expired by then. */
export function revocationExpiry(issuedBefore: number): number {
  return issuedBefore + maxSessionLength;
}
