/** A small schema on PostgreSQL: items of which each change moves the revision, and marks of which none does. */
import pg from "pg";
import type { Database, Writer } from "../../src/stores/sql/database.ts";
import { integer, text } from "../../src/stores/sql/sql-value.ts";
import type { PostgresAddress } from "../../src/stores/postgres/connections.ts";
import { type PostgresOptions, openPostgres } from "../../src/stores/postgres/database.ts";

export const itemMigrations = [
  {
    name: "0001-revision",
    sql: `
      CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
      INSERT INTO revision (one, value) VALUES (1, 0);
    `,
  },
  {
    name: "0010-items",
    sql: `
      CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bytes BLOB) STRICT;
      CREATE TABLE marks (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    `,
  },
];

async function put(writer: Writer, { id, name }: { readonly id: number; readonly name: string }): Promise<number> {
  await writer.run("UPDATE revision SET value = value + 1 WHERE one = 1", []);
  return await writer.run(
    "INSERT INTO items (id, name, bytes) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    [id, name, Buffer.from(name)],
  );
}

export const itemProcedures = {
  put,
  async take(writer: Writer, id: number): Promise<boolean> {
    const isTaken = (await writer.run("DELETE FROM items WHERE id = ?", [id])) > 0;
    if (isTaken) await writer.run("UPDATE revision SET value = value + 1 WHERE one = 1", []);
    return isTaken;
  },
  mark: (writer: Writer, name: string) => writer.run("INSERT INTO marks (name) VALUES (?)", [name]),
  look: (writer: Writer) => writer.get("SELECT count(*) FROM items", [], ([count]) => integer(count)),
  async putAndFail(writer: Writer, item: { readonly id: number; readonly name: string }): Promise<void> {
    await put(writer, item);
    throw new Error("a mistake");
  },
  /** What no procedure does: after a statement has failed, nothing of the transaction counts. */
  async goOn(writer: Writer, name: string): Promise<void> {
    await writer.run("INSERT INTO marks (name) VALUES (?)", [name]);
    await writer.run("INSERT INTO marks (name) VALUES (?)", [name]).catch(() => {});
  },
};

export type Items = Database<typeof itemProcedures>;

export type ItemOptions = Partial<PostgresOptions<typeof itemProcedures>>;

export function openItems(address: PostgresAddress, schema: string, options: ItemOptions = {}): Promise<Items> {
  const rest = { migrations: itemMigrations, procedures: itemProcedures, readers: 3 };
  return openPostgres({ address, schema, ...rest, ...options });
}

export function nameOf(items: Items, id: number): Promise<string | undefined> {
  return items.reader.get("SELECT name FROM items WHERE id = ?", [id], ([name]) => text(name));
}

export function marksIn(items: Items): Promise<readonly string[]> {
  return items.reader.all("SELECT name FROM marks ORDER BY name", [], ([name]) => text(name));
}

/** As an operator would ask. */
export async function administer(address: PostgresAddress, schema: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ ...address, options: `-c search_path=${schema}` } as pg.ClientConfig);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Every row of a directory; every gateway learns of it. */
export async function deleteAll(address: PostgresAddress, schema: string): Promise<void> {
  const own = "'migrations', 'revision', 'gateways'";
  const query = `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${schema}' AND tablename NOT IN (${own})`;
  const names = ((await administer(address, schema, query)) as { readonly name: string }[]).map(({ name }) => name);
  const deletions = names.map((name) => `DELETE FROM ${name}`).join("; "); // faster than TRUNCATE, which makes new files
  const moves = ["value", "identity_changed", "keys_changed", "sessions_changed", "buckets_changed"];
  const moved = moves.map((column) => `${column} = value + 1`).join(", ");
  await administer(
    address,
    schema,
    `SET session_replication_role = replica; ${deletions}; UPDATE revision SET ${moved}`,
  );
}
