import pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Row } from "../sql/database.ts";
import { inTurn } from "../sql/in-turn.ts";
import { type ColumnType, digestOf, pagesOf, type TableShape } from "../sql/table-rows.ts";
import { advisoryKey } from "./advisory-locks.ts";
import { clientConfig, clientReader, type PostgresAddress, usualLimits } from "./connections.ts";
import { tablesIn } from "./migrate.ts";
import { storeErrorOf } from "./postgres-errors.ts";
import { identifier, literal, runScript, runStatement } from "./statements.ts";

/** What a schema of the database gets, or is compared with. The tables are in an order in which each comes after those it refers to. */
export interface Source {
  readonly schema: string;
  readonly reader: Reader;
  readonly tables: readonly TableShape[];
}

/** `same`: it has exactly the rows of the sources. `differing`: the tables of which it has others, with their schemas. */
export type Content =
  | { readonly kind: "empty" | "same" }
  | { readonly kind: "other"; readonly differing: readonly string[] };

/** Some steps read files of this machine for as long as it takes, in the middle of the transaction. */
const limits = { ...usualLimits, statement: 60_000, lock: 60_000, idleInTransaction: 600_000, answer: 65_000 };

/**
 * One transaction of all schemas, in which no gateway writes: it is committed when `work` resolves, and nothing of it is there otherwise,
 * also when this process is killed. Rejects with `StoreError`; whether a commit that was not answered is stored is not known.
 */
export async function inOneTransaction<T>(
  address: PostgresAddress,
  schemas: readonly string[],
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(clientConfig(address, "pg_catalog", limits));
  client.on("error", () => {}); // the statement that runs is told
  try {
    await client.connect().catch((cause: unknown) => {
      throw storeErrorOf(cause);
    });
    const locks = schemas.map((schema) => `SELECT pg_advisory_xact_lock(${advisoryKey("writes", schema)})`);
    await runScript(client, ["BEGIN", ...locks].join("; "));
    const result = await work(client);
    const [committed] = await runScript(client, "COMMIT");
    if (committed?.command !== "COMMIT") throw new StoreError("corrupt", "the transaction could not be committed");
    return result;
  } finally {
    void client.end().catch(() => {}); // what was not committed is undone
  }
}

/** Of what the transaction sees. */
export async function contentOf(client: pg.Client, sources: readonly Source[]): Promise<Content> {
  const reader = clientReader(client);
  const all = sources.flatMap((source) =>
    source.tables.map((table) => ({ table, own: source.reader, there: inSchema(source.schema, table) })),
  );
  const used = await inTurn(all, async ({ table, there }) => !isSingleton(table) && (await hasRows(reader, there)));
  if (!used.includes(true)) return { kind: "empty" };
  const digests = await inTurn(all, async ({ table, own, there }) => ({
    name: there.name,
    isSame: (await digestOf(own, table)).sha256 === (await digestOf(reader, there)).sha256,
  }));
  const differing = digests.flatMap(({ name, isSame }) => (isSame ? [] : [name]));
  return differing.length === 0 ? { kind: "same" } : { kind: "other", differing };
}

async function hasRows(reader: Reader, { name }: TableShape): Promise<boolean> {
  return (await reader.get(`SELECT 1 FROM ${name} LIMIT 1`, [], () => true)) === true;
}

/** Has one row from the beginning, which says nothing of whether the database is in use. */
function isSingleton({ key }: TableShape): boolean {
  return key[0] === "one";
}

function inSchema(schema: string, table: TableShape): TableShape {
  return { ...table, name: `${schema}.${table.name}` };
}

/** Into empty tables. `report`: hears which table it is at, and how many rows of it are there. Resolves to the number of all rows. */
export async function copyTables(
  client: pg.Client,
  sources: readonly Source[],
  report: (table: string, rows: number) => void,
): Promise<number> {
  let all = 0;
  for (const { schema, reader, tables } of sources) {
    const named = tables.map((table) => inSchema(schema, table));
    // What the triggers would write is among the rows that are copied.
    await runScript(client, named.map(({ name }) => `ALTER TABLE ${name} DISABLE TRIGGER USER`).join("; "));
    for (const [at, table] of tables.entries()) {
      const there = named[at] ?? table;
      if (isSingleton(table)) await runScript(client, `DELETE FROM ${there.name}`);
      let rows = 0;
      for await (const page of pagesOf(reader, table)) {
        await insert(client, there, page);
        rows += page.length;
        report(there.name, rows);
      }
      if (keyTypes(table).join() === "INTEGER") await runScript(client, sequenceOf(there));
      all += rows;
    }
    await runScript(client, named.map(({ name }) => `ALTER TABLE ${name} ENABLE TRIGGER USER`).join("; "));
  }
  return all;
}

/** Of the primary key. */
function keyTypes({ columns, key }: TableShape): readonly ColumnType[] {
  return key.flatMap((name) => columns.filter((column) => column.name === name).map(({ type }) => type));
}

async function insert(client: pg.Client, { name, columns }: TableShape, rows: readonly Row[]): Promise<void> {
  const one = `(${columns.map(() => "?").join(", ")})`;
  const into = `INSERT INTO ${name} (${columns.map((column) => column.name).join(", ")})`;
  await runStatement(client, `${into} VALUES ${rows.map(() => one).join(", ")}`, rows.flat());
}

/** Numbers that the database gives itself go on after the largest. For a key that it gives no numbers to, this does nothing. */
function sequenceOf({ name, key }: TableShape): string {
  const [column = ""] = key;
  return `SELECT setval(pg_get_serial_sequence(${literal(name)}, ${literal(column)}), max(${column})) FROM ${name}`;
}

/** With everything in them. Rejects as `conflict` when there are tables of another program, which whoever moved the directory cannot mean. */
export async function dropSchemas(client: pg.Client, sources: readonly Source[]): Promise<void> {
  for (const { schema, tables } of sources) {
    const own = new Set([...tables.map(({ name }) => name), "migrations", "gateways"]);
    const other = (await tablesIn(client, schema)).filter((name) => !own.has(name));
    if (other.length > 0)
      throw new StoreError(
        "conflict",
        `the schema ${schema} of the database has tables of another program (${other.slice(0, 3).join(", ")}), which would be deleted too; move them to another schema, then run this again`,
      );
  }
  await runScript(client, sources.map(({ schema }) => `DROP SCHEMA ${identifier(schema)} CASCADE`).join("; "));
}
