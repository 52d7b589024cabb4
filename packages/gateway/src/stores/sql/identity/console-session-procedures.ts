import type { ConsoleSessionRecord } from "../../../ports/console-session-store.ts";
import type { IdentityReference } from "../../../ports/identity-records.ts";
import type { Reader, Writer } from "../database.ts";
import type { Migration } from "../migration.ts";
import { integer, utf8 } from "../sql-value.ts";
import { loginProfileOf } from "./login-profile-rows.ts";

/** What is looked for has a column of its own. */
export const consoleSessionMigration: Migration = {
  name: "0151-console-sessions",
  sql: `
    CREATE TABLE console_sessions (
      id_hash TEXT PRIMARY KEY,
      account_id TEXT NOT NULL,
      principal_id TEXT NOT NULL,
      record BLOB NOT NULL,
      seen_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX console_sessions_by_principal ON console_sessions (principal_id, seen_at);
  `,
};

const maxSessions = 50;

export function consoleSessionByHash(reader: Reader, idHash: string): Promise<ConsoleSessionRecord | undefined> {
  return reader.get("SELECT record, seen_at FROM console_sessions WHERE id_hash = ?", [idHash], ([record, seen]) => ({
    ...(JSON.parse(utf8(record)) as ConsoleSessionRecord),
    seenAt: integer(seen),
  }));
}

export async function createConsoleSession(writer: Writer, session: ConsoleSessionRecord): Promise<boolean> {
  const { accountId, principalId, passwordSetAt } = session;
  if (passwordSetAt !== undefined) {
    const profile = await loginProfileOf(writer, { accountId, id: principalId });
    if (profile?.changedAt !== passwordSetAt) return false;
  }
  await insert(writer, session);
  await writer.run(
    `DELETE FROM console_sessions WHERE id_hash IN (SELECT id_hash FROM console_sessions WHERE principal_id = ? AND account_id = ? ORDER BY seen_at DESC, id_hash LIMIT ${Number.MAX_SAFE_INTEGER} OFFSET ?)`,
    [principalId, accountId, maxSessions],
  );
  return true;
}

async function insert(writer: Writer, session: ConsoleSessionRecord): Promise<void> {
  const { idHash, accountId, principalId, seenAt, expiresAt } = session;
  const record = Buffer.from(JSON.stringify(session), "utf8");
  await writer.run(
    "INSERT INTO console_sessions (id_hash, account_id, principal_id, record, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    [idHash, accountId, principalId, record, seenAt, expiresAt],
  );
}

export async function replaceConsoleSession(
  writer: Writer,
  { idHash, session }: { readonly idHash: string; readonly session: ConsoleSessionRecord },
): Promise<boolean> {
  if ((await writer.run("DELETE FROM console_sessions WHERE id_hash = ?", [idHash])) === 0) return false;
  await insert(writer, session);
  return true;
}

export async function touchConsoleSession(
  writer: Writer,
  { idHash, seenAt }: { readonly idHash: string; readonly seenAt: number },
): Promise<void> {
  await writer.run("UPDATE console_sessions SET seen_at = ? WHERE id_hash = ? AND seen_at < ?", [
    seenAt,
    idHash,
    seenAt,
  ]);
}

export async function deleteConsoleSession(writer: Writer, idHash: string): Promise<void> {
  await writer.run("DELETE FROM console_sessions WHERE id_hash = ?", [idHash]);
}

export async function deleteOtherConsoleSessions(
  writer: Writer,
  { principal, idHash }: { readonly principal: IdentityReference; readonly idHash: string },
): Promise<readonly string[]> {
  const where = "FROM console_sessions WHERE principal_id = ? AND account_id = ? AND id_hash <> ?";
  const values = [principal.id, principal.accountId, idHash];
  const records = await writer.all(
    `SELECT record ${where}`,
    values,
    ([text]) => JSON.parse(utf8(text)) as ConsoleSessionRecord,
  );
  await writer.run(`DELETE ${where}`, values);
  return records.flatMap(({ family }) => (family === undefined ? [] : [family]));
}

export async function forgetConsoleSessions(
  writer: Writer,
  { expiredAt, unusedSince }: { readonly expiredAt: number; readonly unusedSince: number },
): Promise<void> {
  await writer.run("DELETE FROM console_sessions WHERE expires_at <= ? OR seen_at < ?", [expiredAt, unusedSince]);
}

/** Called in the transaction that changes or deletes the password, or deletes the user. */
export async function endConsoleSessions(writer: Writer, principalId: string): Promise<void> {
  await writer.run("DELETE FROM console_sessions WHERE principal_id = ?", [principalId]);
}
