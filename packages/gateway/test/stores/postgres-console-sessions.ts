import type { ConsoleSessionRecord, ConsoleSessionStore } from "../../src/ports/console-session-store.ts";
import type { Postgres } from "./postgres-identity-store.ts";
import type { Queries } from "./postgres-rows.ts";

export async function endConsoleSessions(db: Queries, principalId: string): Promise<void> {
  await db.all("DELETE FROM console_sessions WHERE principal_id = $1", [principalId]);
}

async function insert(db: Queries, session: ConsoleSessionRecord): Promise<void> {
  const { idHash, accountId, principalId, seenAt, expiresAt } = session;
  const record = Buffer.from(JSON.stringify(session));
  const values = [idHash, accountId, principalId, record, seenAt, expiresAt];
  await db.all("INSERT INTO console_sessions VALUES ($1, $2, $3, $4, $5, $6)", values);
}

export function postgresConsoleSessions(db: Postgres): ConsoleSessionStore {
  return {
    createConsoleSession: (_grant, session) =>
      db.change(async (tx) => {
        await insert(tx, session);
        await tx.all(
          "DELETE FROM console_sessions WHERE id_hash IN (SELECT id_hash FROM console_sessions WHERE principal_id = $1 AND account_id = $2 ORDER BY seen_at DESC, id_hash OFFSET 50)",
          [session.principalId, session.accountId],
        );
      }),
    async findConsoleSession(idHash) {
      const [row] = await db.all("SELECT record, seen_at FROM console_sessions WHERE id_hash = $1", [idHash]);
      if (row === undefined) return undefined;
      const record = JSON.parse(String(row["record"])) as ConsoleSessionRecord;
      return { ...record, seenAt: Number(row["seen_at"]) };
    },
    replaceConsoleSession: (idHash, session) =>
      db.change(async (tx) => {
        const sql = "DELETE FROM console_sessions WHERE id_hash = $1 RETURNING 1";
        if ((await tx.all(sql, [idHash])).length === 0) return false;
        await insert(tx, session);
        return true;
      }),
    async touchConsoleSession(idHash, seenAt) {
      await db.all("UPDATE console_sessions SET seen_at = greatest(seen_at, $2) WHERE id_hash = $1", [idHash, seenAt]);
    },
    async deleteConsoleSession(idHash) {
      await db.all("DELETE FROM console_sessions WHERE id_hash = $1", [idHash]);
    },
    async deleteOtherConsoleSessions({ accountId, id }, idHash) {
      const sql =
        "DELETE FROM console_sessions WHERE principal_id = $1 AND account_id = $2 AND id_hash <> $3 RETURNING record";
      const rows = await db.all(sql, [id, accountId, idHash]);
      return rows.flatMap(({ record }) => (JSON.parse(String(record)) as ConsoleSessionRecord).family ?? []);
    },
    async forgetConsoleSessions(expiredAt, unusedSince) {
      await db.all("DELETE FROM console_sessions WHERE expires_at <= $1 OR seen_at < $2", [expiredAt, unusedSince]);
    },
  };
}
