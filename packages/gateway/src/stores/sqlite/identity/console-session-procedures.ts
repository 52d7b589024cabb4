import type { ConsoleSessionRecord } from "../../../ports/console-session-store.ts";
import type { IdentityReference } from "../../../ports/identity-store.ts";
import type { Reader, Writer } from "../connection.ts";
import type { Migration } from "../../sql/migration.ts";
import { integer, utf8 } from "../../sql/sql-value.ts";

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

export function consoleSessionByHash(reader: Reader, idHash: string): ConsoleSessionRecord | undefined {
  return reader.get("SELECT record, seen_at FROM console_sessions WHERE id_hash = ?", [idHash], ([record, seen]) => ({
    ...(JSON.parse(utf8(record)) as ConsoleSessionRecord),
    seenAt: integer(seen),
  }));
}

export function createConsoleSession(writer: Writer, session: ConsoleSessionRecord): void {
  const { accountId, principalId } = session;
  insert(writer, session);
  writer.run(
    "DELETE FROM console_sessions WHERE id_hash IN (SELECT id_hash FROM console_sessions WHERE principal_id = ? AND account_id = ? ORDER BY seen_at DESC, id_hash LIMIT -1 OFFSET ?)",
    [principalId, accountId, maxSessions],
  );
}

function insert(writer: Writer, session: ConsoleSessionRecord): void {
  const { idHash, accountId, principalId, seenAt, expiresAt } = session;
  const record = Buffer.from(JSON.stringify(session), "utf8");
  writer.run(
    "INSERT INTO console_sessions (id_hash, account_id, principal_id, record, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    [idHash, accountId, principalId, record, seenAt, expiresAt],
  );
}

export function replaceConsoleSession(
  writer: Writer,
  { idHash, session }: { readonly idHash: string; readonly session: ConsoleSessionRecord },
): boolean {
  if (writer.run("DELETE FROM console_sessions WHERE id_hash = ?", [idHash]) === 0) return false;
  insert(writer, session);
  return true;
}

export function touchConsoleSession(
  writer: Writer,
  { idHash, seenAt }: { readonly idHash: string; readonly seenAt: number },
): void {
  writer.run("UPDATE console_sessions SET seen_at = max(seen_at, ?) WHERE id_hash = ?", [seenAt, idHash]);
}

export function deleteConsoleSession(writer: Writer, idHash: string): void {
  writer.run("DELETE FROM console_sessions WHERE id_hash = ?", [idHash]);
}

export function deleteOtherConsoleSessions(
  writer: Writer,
  { principal, idHash }: { readonly principal: IdentityReference; readonly idHash: string },
): readonly string[] {
  const where = "FROM console_sessions WHERE principal_id = ? AND account_id = ? AND id_hash <> ?";
  const values = [principal.id, principal.accountId, idHash];
  const records = writer.all(
    `SELECT record ${where}`,
    values,
    ([text]) => JSON.parse(utf8(text)) as ConsoleSessionRecord,
  );
  writer.run(`DELETE ${where}`, values);
  return records.flatMap(({ family }) => (family === undefined ? [] : [family]));
}

export function forgetConsoleSessions(
  writer: Writer,
  { expiredAt, unusedSince }: { readonly expiredAt: number; readonly unusedSince: number },
): void {
  writer.run("DELETE FROM console_sessions WHERE expires_at <= ? OR seen_at < ?", [expiredAt, unusedSince]);
}

/** Called in the transaction that changes or deletes the password, or deletes the user. */
export function endConsoleSessions(writer: Writer, principalId: string): void {
  writer.run("DELETE FROM console_sessions WHERE principal_id = ?", [principalId]);
}
