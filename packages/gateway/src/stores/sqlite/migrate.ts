import { StoreError } from "../../ports/store-error.ts";
import type { Migration } from "../sql/migration.ts";
import { rollBack } from "./commit-group.ts";
import type { Connection } from "./connection.ts";
import type { SqlValue } from "../sql/sql-value.ts";

/** Brings the schema up in one transaction; a file written by a newer program is refused untouched. */
export function migrate(connection: Connection, path: string, migrations: readonly Migration[]): void {
  connection.exec("BEGIN IMMEDIATE");
  try {
    applyMigrations(connection, path, migrations);
    connection.exec("COMMIT");
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

/** In a transaction of the caller. Gives the names of those that the file did not have. */
export function applyMigrations(
  connection: Connection,
  path: string,
  migrations: readonly Migration[],
): readonly string[] {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = new Set(ordered.map((migration) => migration.name));
  if (known.size !== ordered.length) throw new StoreError("corrupt", "two migrations have one name");
  connection.exec("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID");
  const applied = new Set(connection.all("SELECT name FROM migrations", [], ([name]) => nameIn(path, name)));
  const unknown = [...applied].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new StoreError("corrupt", `the database was written by a newer version (it has the migration ${unknown})`);
  const missing = ordered.filter(({ name }) => !applied.has(name));
  for (const migration of missing) {
    connection.exec(migration.sql);
    connection.run("INSERT INTO migrations (name) VALUES (?)", [migration.name]);
  }
  return missing.map(({ name }) => name);
}

/** Our names are ASCII, so what comes as anything but a string is none of them. */
function nameIn(path: string, name: SqlValue | undefined): string {
  if (typeof name === "string") return name;
  throw new StoreError(
    "corrupt",
    `${path} is damaged: migrations.name holds bytes that are not text; restore it from a copy`,
  );
}
