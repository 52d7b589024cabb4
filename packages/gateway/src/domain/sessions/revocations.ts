import { principalIdOf, type SessionRecord } from "./session-record.ts";

/**
 * By session id (32 hexadecimal digits); by unique id of the user or role, or account id of the root, whose sessions they are or
 * who began their chain; by the lasting key that began it; by account and source identity.
 */
export const revocationKinds = ["session", "principal", "access-key", "source-identity"] as const;
export type RevocationKind = (typeof revocationKinds)[number];

/** Another account may give its sessions the same source identity. */
export function sourceIdentitySubject(accountId: string, sourceIdentity: string): string {
  return `${accountId}:${sourceIdentity}`;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: no session lives longer than 36 hours. */
export const maxSessionLength = 36 * 3_600_000;

/** `revokedUntil`: sessions of the subject issued at or before this time, ms, are ended; undefined when none are. */
export async function isRevoked(
  sessionId: string,
  {
    principal,
    sourceIdentity,
    origin,
    issuedAt,
  }: Pick<SessionRecord, "principal" | "sourceIdentity" | "origin" | "issuedAt">,
  revokedUntil: (kind: RevocationKind, subject: string) => Promise<number | undefined>,
): Promise<boolean> {
  const subjects: readonly (readonly [RevocationKind, string])[] = [
    ["session", sessionId],
    ["principal", principalIdOf(principal)],
    ...(origin === undefined
      ? []
      : ([
          ["principal", origin.principalId],
          ["access-key", origin.accessKeyId],
        ] as const)),
    ...(sourceIdentity === undefined || principal.kind !== "role-session" || principal.accountId === undefined
      ? []
      : ([["source-identity", sourceIdentitySubject(principal.accountId, sourceIdentity)]] as const)),
  ];
  for (const [kind, subject] of subjects) {
    const until = await revokedUntil(kind, subject);
    if (until !== undefined && issuedAt <= until) return true;
  }
  return false;
}

/** When the entry may be deleted, because every session that it ends has expired by then. */
export function revocationExpiry(issuedBefore: number): number {
  return issuedBefore + maxSessionLength;
}
