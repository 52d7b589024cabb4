import pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import type { Migration } from "../sql/migration.ts";
import { text } from "../sql/sql-value.ts";
import { advisoryKey } from "./advisory-locks.ts";
import { storeErrorOf } from "./postgres-errors.ts";
import { identifier, literal, runScript, runStatement } from "./statements.ts";
import { translateDdl } from "./translate-ddl.ts";

/** What PostgreSQL has beside the tables of the stores: the steps that were made, who serves, and a function of SQLite's that they use. */
const ownTables = `
  CREATE TABLE IF NOT EXISTS migrations (name TEXT COLLATE "C" PRIMARY KEY, compatible BOOLEAN NOT NULL);
  CREATE TABLE IF NOT EXISTS gateways (
    id TEXT PRIMARY KEY,
    confirmed BIGINT NOT NULL,
    lease_length BIGINT NOT NULL
  );
  CREATE OR REPLACE FUNCTION instr(bytea, bytea) RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT position($2 IN $1)';
`;

/** A change of the schema may take as long as it takes. */
const limits = { statement_timeout: 0, lock_timeout: 60_000, query_timeout: 0 };

/**
 * Brings the schema up, step by step, each in a transaction. Gateways that start together do it one after the other. A step that an earlier
 * version cannot live with is made only while nobody serves. Rejects with `StoreError` only, with one line for who starts it.
 */
export async function migrateSchema(
  config: pg.ClientConfig,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  const client = new pg.Client({ ...config, ...limits });
  client.on("error", () => {}); // the statement that runs is told
  try {
    await migrate(client, schema, migrations);
  } finally {
    await client.end().catch(() => {});
  }
}

async function migrate(client: pg.Client, schema: string, migrations: readonly Migration[]): Promise<void> {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  try {
    await client.connect();
  } catch (cause) {
    throw storeErrorOf(cause);
  }
  await runScript(client, `SELECT pg_advisory_lock(${advisoryKey("migrations", schema)})`);
  await makeSchema(client, schema);
  refuseOtherProgram(schema, await tablesIn(client, schema));
  await runScript(client, ownTables);
  const { rows } = await runStatement(client, "SELECT name, compatible FROM migrations", []);
  const applied = new Set(rows.map(([name]) => text(name)));
  refuseUnknown(
    rows.filter(([, compatible]) => compatible === 0).map(([name]) => text(name)),
    ordered,
  );
  const pending = ordered.filter(({ name }) => !applied.has(name));
  const breaking = pending.find(({ compatible }) => compatible !== true);
  if (breaking !== undefined && applied.size > 0) await refuseWhileServed(client, schema, breaking.name);
  for (const { name, sql, compatible = false } of pending)
    await runScript(
      client,
      `BEGIN; ${translateDdl(sql)}; INSERT INTO migrations (name, compatible) VALUES (${literal(name)}, ${compatible}); COMMIT`,
    );
}

async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  // `IF NOT EXISTS` would ask for the right to make one also when it is there.
  const { rows } = await runStatement(client, "SELECT 1 FROM pg_namespace WHERE nspname = ?", [schema]);
  if (rows.length === 0) await runScript(client, `CREATE SCHEMA ${identifier(schema)}`);
}

/** Of whomever, and views. */
export async function tablesIn(client: pg.Client, schema: string): Promise<readonly string[]> {
  const { rows } = await runStatement(
    client,
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(?) AND relkind IN ('r', 'p', 'f', 'v', 'm') ORDER BY relname",
    [schema],
  );
  return rows.map(([name]) => text(name));
}

/** Before the first table is made. Who deletes a directory later deletes its schemas. */
function refuseOtherProgram(schema: string, tables: readonly string[]): void {
  if (tables.length === 0 || tables.includes("migrations")) return;
  throw new StoreError(
    "unavailable",
    `its schema ${schema} has tables of another program (${tables.slice(0, 3).join(", ")}); give a database of its own`,
  );
}

async function refuseWhileServed(client: pg.Client, schema: string, name: string): Promise<void> {
  const [result] = await runScript(client, `SELECT pg_try_advisory_lock(${advisoryKey("serving", schema)})`);
  if (result?.rows[0]?.[0] !== 1)
    throw new StoreError(
      "unavailable",
      `gateways of an earlier version are running, and this version changes the database (${name}); stop them, then start this one`,
    );
}

/** A newer version may have added what this one need not know; anything else it must not touch. */
function refuseUnknown(breaking: readonly string[], known: readonly Migration[]): void {
  const names = new Set(known.map(({ name }) => name));
  const unknown = breaking.find((name) => !names.has(name));
  if (unknown !== undefined)
    throw new StoreError("corrupt", `the database was written by a newer version (it has the migration ${unknown})`);
}

/**
 * What each connection of a gateway has to be before it is used: to a server that writes, because a standby lags behind; to a schema that
 * this version knows; and counted among those who serve until it ends. `reached`: hears when the server started that it is to, which no two
 * servers have in common.
 */
export function connectionCheck(
  schema: string,
  migrations: readonly Migration[],
  reached: (server: string) => void,
): (client: pg.ClientBase) => Promise<void> {
  const check = `SELECT pg_is_in_recovery(), pg_postmaster_start_time()::text, pg_try_advisory_lock_shared(${advisoryKey("serving", schema)});
    SELECT name FROM migrations WHERE NOT compatible`;
  return async (client) => {
    const [state, breaking] = await runScript(client, check);
    const [isStandby, server, isServing] = state?.rows[0] ?? [];
    if (isStandby !== 0) throw new StoreError("unavailable", "PostgreSQL is a standby, which lags behind");
    if (isServing !== 1) throw new StoreError("unavailable", "the database is being changed by a newer version");
    refuseUnknown(
      (breaking?.rows ?? []).map(([name]) => text(name)),
      migrations,
    );
    reached(text(server));
  };
}
