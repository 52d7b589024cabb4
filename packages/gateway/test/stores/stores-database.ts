/**
 * The database that the tests of stores run on: SQLite, or, with `vitest.postgres.config.ts`, the PostgreSQL that it
 * has started. A folder is one data folder's database, whichever it is.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { directoryProcedures } from "../../src/stores/sql/identity/directory-procedures.ts";
import type { DirectoryDatabase, DirectoryProcedures } from "../../src/stores/sql/identity/directory-database.ts";
import { directoryMigrations } from "../../src/stores/sql/identity/directory-migrations.ts";
import type { Database } from "../../src/stores/sql/database.ts";
import { text } from "../../src/stores/sql/sql-value.ts";
import { openConnection } from "../../src/stores/sqlite/connection.ts";
import { openAsyncDatabase } from "../../src/stores/sqlite/asynchronous.ts";
import { openPostgres } from "../../src/stores/postgres/database.ts";
import { recordMigrations } from "../../src/stores/sql/record/record-migrations.ts";
import { deleteAll } from "./postgres-items.ts";
import { type RecordProcedures, recordProcedures } from "../../src/stores/sql/record/record-procedures.ts";

/** The folder of the server's socket. Undefined: SQLite. */
const host = process.env["TEST_POSTGRES"];
export const isOnPostgres = host !== undefined;
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

function onPostgres(folder: string, name: string, socket: string) {
  const schema = `${name}_${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`;
  return { address: { host: socket, port: 5432, database: "postgres", user: "postgres" }, schema, readers: 2 };
}

/** All rows of a directory that no test has open in the middle of something. */
export async function emptyDirectory(folder: string): Promise<void> {
  if (host !== undefined) {
    const { address, schema } = onPostgres(folder, "directory", host);
    return await deleteAll(address, schema);
  }
  const connection = openConnection(join(folder, "directory.db"));
  const query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('migrations', 'revision')";
  connection.exec("PRAGMA foreign_keys = OFF");
  for (const table of connection.all(query, [], ([name]) => text(name))) connection.run(`DELETE FROM ${table}`, []);
  connection.run(
    "UPDATE revision SET value = 0, identity_changed = 0, keys_changed = 0, sessions_changed = 0, buckets_changed = 0",
    [],
  );
  connection.close();
}

export function openDirectory(folder: string): Promise<DirectoryDatabase> {
  if (host !== undefined)
    return openPostgres({
      ...onPostgres(folder, "directory", host),
      migrations: directoryMigrations,
      procedures: directoryProcedures,
      lease: { length: 5000, clock },
    });
  return openAsyncDatabase<DirectoryProcedures>({
    path: join(folder, "directory.db"),
    migrations: directoryMigrations,
    procedures: new URL("../../bundle/directory-procedures.js", import.meta.url),
  });
}

export function openRecord(folder: string): Promise<Database<RecordProcedures>> {
  if (host !== undefined)
    return openPostgres({
      ...onPostgres(folder, "record", host),
      migrations: recordMigrations,
      procedures: recordProcedures,
    });
  return openAsyncDatabase<RecordProcedures>({
    path: join(folder, "record.db"),
    migrations: recordMigrations,
    procedures: new URL("../../bundle/record-procedures.js", import.meta.url),
  });
}
