import type { Writer } from "./database.ts";
import type { Migration } from "../sql/migration.ts";
import { integer } from "../sql/sql-value.ts";

export function counterMigration(name: string): Migration {
  return {
    name,
    sql: `
      CREATE TABLE counters (
        key BLOB PRIMARY KEY,
        count INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX counters_by_expiry ON counters (expires_at);
    `,
  };
}

/** About 10 MiB. */
const maxKeys = 100_000;

interface Event {
  readonly key: string;
  readonly now: number;
  readonly max: number;
  readonly expiresAt: number;
  readonly anybody: boolean;
}

/**
 * The writer decides, so it holds for all processes on the folder. An event that is the `max`th already is not counted. When there is no
 * room for another key, nothing is counted: a limit that nobody can hold must not be passed.
 */
export async function countEvent(writer: Writer, { key, now, max, expiresAt, anybody }: Event): Promise<boolean> {
  const name = Buffer.from(key);
  const sql = "SELECT count FROM counters WHERE key = ? AND expires_at > ?";
  const count = await writer.get(sql, [name, now], ([found]) => integer(found));
  if (count !== undefined)
    return count < max && (await writer.run("UPDATE counters SET count = count + 1 WHERE key = ?", [name])) === 1;
  if (max < 1 || expiresAt <= now) return false;
  await writer.run("DELETE FROM counters WHERE expires_at <= ?", [now]);
  // A flood of sign-ins from many addresses stops sign-ins, and not the codes and passwords of callers who are known.
  const room = anybody ? maxKeys / 2 : maxKeys;
  if (((await writer.get("SELECT count(*) FROM counters", [], ([all]) => integer(all))) ?? 0) >= room) return false;
  await writer.run("INSERT INTO counters (key, count, expires_at) VALUES (?, 1, ?)", [name, expiresAt]);
  return true;
}

export async function forgetEvents(writer: Writer, key: string): Promise<void> {
  await writer.run("DELETE FROM counters WHERE key = ?", [Buffer.from(key)]);
}
