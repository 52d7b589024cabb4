import { existsSync } from "node:fs";
import { basename } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import { checkTexts } from "../stores/sqlite/check-texts.ts";
import { rollBack } from "../stores/sqlite/commit-group.ts";
import { type Connection, openConnection } from "../stores/sqlite/connection.ts";
import { applyMigrations } from "../stores/sqlite/migrate.ts";
import type { Migration } from "../stores/sql/migration.ts";
import { integer, text } from "../stores/sql/sql-value.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";

export type Findings = Iterable<Finding> | AsyncIterable<Finding>;

export interface CheckedFile {
  readonly path: string;
  readonly migrations: readonly Migration[];
}

/** What SQLite says when an index is wrong and its table is not. https://www.sqlite.org/pragma.html#pragma_integrity_check */
const indexFault = /^(row \d+ missing from index|wrong # of entries in index|non-unique entry in index) /;

/**
 * Opens the database, checks it as SQLite can, and gives it to `inside` when its tables can be relied on. Everything that is written is one
 * transaction, which ends with nothing changed when nothing is to be repaired.
 */
export async function* checkDatabase(
  { path, migrations }: CheckedFile,
  checks: Checks,
  inside: (connection: Connection) => Findings,
): AsyncGenerator<Finding> {
  if (!existsSync(path)) return;
  const connection = openConnection(path);
  try {
    const file = basename(path);
    checks.progress(`${file}: reading all pages`);
    const faults = integrityFaults(connection);
    if (!faults.every((line) => indexFault.test(line))) return yield damaged(file, faults, checks);
    connection.exec("BEGIN IMMEDIATE");
    let isWhole = false;
    try {
      const left = faults.length === 0 ? [] : faultsWithNewIndexes(connection);
      if (left.length > 0) return yield damaged(file, left, checks);
      for (const detail of faults.slice(0, 1)) yield checks.found("index-damaged", { at: file, detail });
      // Without a repair too: what an earlier version wrote is checked as this one would read it.
      const applied = applyMigrations(connection, path, migrations);
      if (applied.length > 0)
        yield checks.found("migrations-missing", { at: file, detail: `${applied.length} migrations` });
      yield* unreadableTexts(connection, path, checks);
      yield* orphans(connection, file, checks);
      yield* inside(connection);
      isWhole = true;
    } finally {
      checks.aside.sync();
      if (isWhole && checks.repairs) connection.exec("COMMIT");
      else rollBack(connection);
    }
  } finally {
    connection.close();
  }
}

function damaged(file: string, [first = ""]: readonly string[], checks: Checks): Finding {
  const place = { at: file, detail: first };
  if (file !== "record.db" && file !== "notifications.db") return checks.found("database-damaged", place);
  checks.afterwards(() => checks.aside.database(file, checks.now));
  return checks.found("record-damaged", place);
}

/** Empty: it is whole. A file that SQLite cannot even read is as damaged as one with wrong pages. */
function integrityFaults(connection: Connection): readonly string[] {
  try {
    const lines = connection.all("PRAGMA integrity_check(10)", [], ([line]) => text(line));
    return lines.filter((line) => line !== "ok").flatMap((line) => line.split("\n"));
  } catch (error) {
    if (error instanceof StoreError && error.kind === "corrupt") return [error.message];
    throw error;
  }
}

/** INVARIANT: not all faults were named before, so those of an index may hide others; and rows may be there that no index can have. */
function faultsWithNewIndexes(connection: Connection): readonly string[] {
  try {
    connection.exec("REINDEX");
  } catch (error) {
    if (error instanceof StoreError && (error.kind === "corrupt" || error.kind === "conflict")) return [error.message];
    throw error;
  }
  return integrityFaults(connection);
}

function* unreadableTexts(connection: Connection, path: string, checks: Checks): Generator<Finding> {
  try {
    checkTexts(connection, path);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    yield checks.found("text-unreadable", { at: basename(path), detail: error.message });
  }
}

function* orphans(connection: Connection, file: string, checks: Checks): Generator<Finding> {
  const sql = `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY "table", parent`;
  const rows = connection.all(sql, [], ([table, parent, count]) => ({
    at: `${file} ${text(table)}`,
    detail: `${integer(count)} without their row of ${text(parent)}`,
  }));
  for (const row of rows) yield checks.found("foreign-key", row);
}
