import type { Writer } from "../database.ts";
import { maxKeys } from "../../../domain/keyring/rotation.ts";
import type { RevocationKind } from "../../../domain/sessions/revocations.ts";
import type { ListedSession } from "../../../ports/session-issuer.ts";
import { StoreError } from "../../../ports/store-error.ts";
import { integer, text } from "../sql-value.ts";

export interface KeyringRow {
  readonly id: string;
  readonly wrapped: Uint8Array;
  readonly createdAt: number;
  readonly state: "distributed" | "sealing" | "retiring";
}

export async function addKeyringKey(writer: Writer, { id, wrapped, createdAt, state }: KeyringRow): Promise<void> {
  await writer.run("INSERT INTO keyring (id, wrapped, created_at, state) VALUES (?, ?, ?, ?)", [
    id,
    wrapped,
    createdAt,
    state,
  ]);
}

/** The distributed key `id` seals from now on; the key that sealed before only opens. */
export async function promoteKeyringKey(
  writer: Writer,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<void> {
  await writer.run("UPDATE keyring SET state = 'retiring', stopped_at = ? WHERE state = 'sealing'", [now]);
  if ((await writer.run("UPDATE keyring SET state = 'sealing' WHERE id = ? AND state = 'distributed'", [id])) === 0)
    throw new StoreError("conflict", "no distributed keyring key of this id");
}

/**
 * The key that waits seals from now on; when none waits, the given one does. Every gateway reads the keys from this directory before it
 * opens or seals, so a new key needs no day to become known.
 */
export async function rotateKeyring(
  writer: Writer,
  { now, ...fresh }: Pick<KeyringRow, "id" | "wrapped"> & { readonly now: number },
): Promise<"done" | "too-many"> {
  const keys = (await writer.get("SELECT count(*) FROM keyring", [], ([count]) => integer(count))) ?? 0;
  if (keys >= maxKeys) return "too-many";
  const sql = "SELECT id FROM keyring WHERE state = 'distributed' ORDER BY created_at LIMIT 1";
  const waiting = await writer.get(sql, [], ([id]) => text(id));
  if (waiting === undefined) await addKeyringKey(writer, { ...fresh, createdAt: now, state: "distributed" });
  await promoteKeyringKey(writer, { id: waiting ?? fresh.id, now });
  return "done";
}

/** Called after the longest session that they sealed has ended. */
export async function dropRetiredKeys(
  writer: Writer,
  { stoppedBefore }: { readonly stoppedBefore: number },
): Promise<void> {
  await writer.run("DELETE FROM keyring WHERE state = 'retiring' AND stopped_at < ?", [stoppedBefore]);
}

export interface Revocation {
  readonly kind: RevocationKind;
  readonly subject: string;
  /** Sessions issued at or before this time are refused, ms. */
  readonly issuedBefore: number;
  readonly expiresAt: number;
}

export async function revoke(writer: Writer, { kind, subject, issuedBefore, expiresAt }: Revocation): Promise<void> {
  await writer.run(
    "INSERT INTO revocations (kind, subject, issued_before, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (kind, subject) DO UPDATE SET issued_before = excluded.issued_before, expires_at = excluded.expires_at WHERE excluded.issued_before > revocations.issued_before",
    [kind, subject, issuedBefore, expiresAt],
  );
}

export async function forgetRevocations(writer: Writer, { now }: { readonly now: number }): Promise<void> {
  await writer.run("DELETE FROM revocations WHERE expires_at < ?", [now]);
}

export interface LoggedSession extends Omit<ListedSession, "revoked"> {
  readonly maxSessions: number;
}

/**
 * Whose limit a session counts for: who asked. Of tokens, all that ask for one role with the same provider count together, because an issuer,
 * and whoever it knows, can make new subjects without end.
 */
function countedFor({ operation, issuer, principalId }: CountedSession): string {
  const isOfToken = operation === ("AssumeRoleWithWebIdentity" satisfies ListedSession["operation"]);
  return isOfToken ? `${issuer.arn} ${principalId}` : issuer.id;
}

interface CountedSession {
  /** Of `ListedSession`. */
  readonly operation: string;
  readonly principalId: string;
  readonly issuer: { readonly id: string; readonly arn: string };
}

export async function logSession(writer: Writer, session: LoggedSession): Promise<"logged" | "too-many"> {
  const { issuer, origin, maxSessions } = session;
  const counted = countedFor(session);
  const count = "SELECT sessions FROM session_counts WHERE issuer_id = ?";
  if (((await writer.get(count, [counted], ([sessions]) => integer(sessions))) ?? 0) >= maxSessions) return "too-many";
  await writer.run(
    "INSERT INTO session_log (id, account_id, access_key_id, operation, kind, principal_id, principal_arn, session_name, issuer_account, issuer_id, issuer_arn, issuer_key, origin_id, origin_key, source_ip, source_identity, mfa, managed_policies, inline_policies, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [
      session.id,
      session.accountId,
      session.accessKeyId,
      session.operation,
      session.principalKind,
      session.principalId,
      session.principalArn,
      session.sessionName,
      issuer.accountId,
      issuer.id,
      issuer.arn,
      issuer.accessKeyId,
      origin?.principalId ?? null,
      origin?.accessKeyId ?? null,
      session.sourceIp,
      session.sourceIdentity ?? null,
      session.mfa ? 1 : 0,
      JSON.stringify(session.managedPolicies),
      session.inlinePolicies,
      session.issuedAt,
      session.expiresAt,
    ],
  );
  await writer.run(
    "INSERT INTO session_counts (issuer_id, sessions) VALUES (?, 1) ON CONFLICT (issuer_id) DO UPDATE SET sessions = session_counts.sessions + 1",
    [counted],
  );
  return "logged";
}

/** Deletes expired sessions, at most `limit` of them; gives how many it deleted. */
export async function forgetSessions(
  writer: Writer,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<number> {
  const expired = await writer.all(
    "SELECT id, operation, principal_id, issuer_id, issuer_arn FROM session_log WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
    [now, limit],
    ([id, operation, principal, issuer, arn]) => ({
      id: text(id),
      counted: countedFor({
        operation: text(operation),
        principalId: text(principal),
        issuer: { id: text(issuer), arn: text(arn) },
      }),
    }),
  );
  for (const { id, counted } of expired) {
    await writer.run("DELETE FROM session_log WHERE id = ?", [id]);
    await writer.run("UPDATE session_counts SET sessions = sessions - 1 WHERE issuer_id = ?", [counted]);
    await writer.run("DELETE FROM session_counts WHERE issuer_id = ? AND sessions = 0", [counted]);
  }
  return expired.length;
}
