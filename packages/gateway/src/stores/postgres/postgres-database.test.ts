import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  type ItemOptions,
  type Items,
  administer,
  itemMigrations,
  itemProcedures,
  marksIn,
  nameOf,
  openItems,
} from "../../../test/stores/postgres-items.ts";
import { type PostgresServer, startPostgres } from "../../../test/stores/postgres-server.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { blob, integer } from "../sql/sql-value.ts";
import { asyncWriter } from "../sqlite/asynchronous.ts";
import { openConnection } from "../sqlite/connection.ts";
import { tableShapes } from "../sqlite/table-shapes.ts";
import { Bell } from "./bell.ts";
import { contentOf, copyTables, inOneTransaction } from "./copy-tables.ts";
import { directoryMigrations } from "../sql/identity/directory-migrations.ts";
import { recordMigrations } from "../sql/record/record-migrations.ts";

let server: PostgresServer;
let made = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

function newSchema(): string {
  made += 1;
  return `database${made}`;
}

async function open(schema: string, options?: ItemOptions): Promise<Items> {
  const items = await openItems(server.address, schema, options);
  onTestFinished(() => items.close());
  return items;
}

describe("writes", () => {
  test("are there when they are acknowledged, for every database object", async () => {
    const schema = newSchema();
    const [here, there] = [await open(schema), await open(schema)];
    expect(await here.write("put", { id: 1, name: "é" })).toBe(1);
    expect(await nameOf(there, 1)).toBe("é");
    const row = await there.reader.get(
      "SELECT id, bytes, id = 1, sum(id) FROM items GROUP BY id",
      [],
      (columns) => columns,
    );
    expect(row?.map((column) => (column instanceof Uint8Array ? blob(column).toString() : column))).toEqual([
      1,
      "é",
      1,
      1,
    ]);
  });

  test("that throw undo themselves alone, in a group of many", async () => {
    const items = await open(newSchema());
    const outcomes = await Promise.allSettled([
      items.write("mark", "a"),
      items.write("putAndFail", { id: 1, name: "x" }),
      items.write("mark", "a"),
      items.write("mark", "b"),
    ]);
    expect(
      outcomes.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as { kind: string }).kind)),
    ).toEqual([1, "corrupt", "conflict", 1]);
    expect([await marksIn(items), await nameOf(items, 1)]).toEqual([["a", "b"], undefined]);
  });

  test("whose procedure goes on after a failed statement are never acknowledged", async () => {
    const items = await open(newSchema());
    await expect(items.write("goOn", "a")).rejects.toMatchObject({ kind: "corrupt" });
    expect(await marksIn(items)).toEqual([]);
  });

  test("alongside: a second procedure is stored with a change, and only with one", async () => {
    const items = await open(newSchema());
    let ran = 0;
    const noted = items.alongside(
      "mark",
      () => "noted",
      () => (ran += 1),
    );
    await noted.write("look");
    expect([ran, await marksIn(items)]).toEqual([0, []]);
    await noted.write("put", { id: 1, name: "a" });
    expect([ran, await marksIn(items)]).toEqual([1, ["noted"]]);
    await expect(noted.write("put", { id: 2, name: "b" })).rejects.toMatchObject({ kind: "conflict" });
    expect([ran, await nameOf(items, 2)]).toEqual([1, undefined]);
  });

  test("of two gateways that look before they write do not pass each other by", async () => {
    const schema = newSchema();
    const [here, there] = [await open(schema), await open(schema)];
    const putAndLook = async (id: number): Promise<number | undefined> => {
      const items = id % 2 === 0 ? here : there;
      await items.write("put", { id, name: `${id}` });
      return await items.write("look");
    };
    const counts = await Promise.all(Array.from({ length: 40 }, (_, id) => putAndLook(id)));
    expect(Math.max(...counts.map(Number))).toBe(40);
    const revision = await here.reader.get("SELECT value FROM revision", [], ([value]) => integer(value));
    expect(revision).toBe(40);
  });
});

describe("what is refused", () => {
  test("statements that do not fit, values that a driver would change", async () => {
    const { reader } = await open(newSchema());
    for (const [sql, params] of [
      ["SELECT ?", []],
      ["SELECT name FROM items WHERE name = ?", ["a\0"]],
      ["SELECT name FROM items WHERE id = ?", [2 ** 53]],
      ["SELECT nothing FROM items", []],
    ] as const)
      await expect(reader.get(sql, params, () => 1)).rejects.toMatchObject({ name: "StoreError", kind: "corrupt" });
  });

  test("everything after it was closed", async () => {
    const items = await open(newSchema());
    const last = items.write("mark", "last");
    await items.close();
    expect(await last).toBe(1);
    await expect(items.write("mark", "later")).rejects.toMatchObject({ kind: "unavailable" });
    await expect(nameOf(items, 1)).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("a connection that is lost", () => {
  const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 's3-credentials'";

  test("is replaced", async () => {
    const items = await open(newSchema());
    await items.write("mark", "a");
    await administer(server.address, "public", end);
    await expect.poll(() => marksIn(items).catch(() => "away")).toEqual(["a"]);
    await expect.poll(() => items.write("mark", "b").catch(() => "away")).toBe(1);
  });

  test("in the middle of a write makes its outcome unknown, never done", async () => {
    const schema = newSchema();
    const items = await open(schema);
    // Waits in the transaction until the connection is ended.
    await administer(
      server.address,
      schema,
      `CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER late AFTER INSERT ON marks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stop()`,
    );
    const write = items.write("mark", "a").catch((error: unknown) => error);
    const active = `${end} AND query LIKE '%COMMIT%' AND state = 'active'`;
    await expect.poll(async () => (await administer(server.address, "public", active)).length).toBe(1);
    expect(await write).toMatchObject({ name: "StoreError", kind: "unavailable" });
  });
});

test("a server that stands still is waited for only so long, and is used again when it goes on", async () => {
  const limits = { connect: 600, statement: 600, lock: 600, idleInTransaction: 600, answer: 600 };
  const items = await open(newSchema(), { limits });
  server.pause();
  try {
    await expect(marksIn(items)).rejects.toMatchObject({ kind: "unavailable" });
    await expect(items.write("mark", "a")).rejects.toMatchObject({ kind: "unavailable" });
  } finally {
    server.resume();
  }
  await expect.poll(() => items.write("mark", "b").catch(() => "away")).toBe(1);
});

test("a gateway that stands still in a transaction holds others up only so long", async () => {
  const schema = newSchema();
  const limits = { connect: 3000, statement: 5000, lock: 4000, idleInTransaction: 100, answer: 6000 };
  const standing = new Bell();
  const released = new Bell();
  const procedures = {
    ...itemProcedures,
    async look(): Promise<number> {
      standing.ring();
      await released.wait(60_000);
      return 0;
    },
  };
  const [paused, other] = [await open(schema, { limits, procedures }), await open(schema)];
  const write = paused.write("look").catch((error: unknown) => error);
  await standing.wait(60_000);
  expect(await other.write("mark", "a")).toBe(1);
  released.ring();
  expect(await write).toMatchObject({ kind: "unavailable" });
});

describe("the schema", () => {
  const more = (name: string, compatible?: true) => ({
    name,
    sql: "ALTER TABLE items ADD COLUMN size INTEGER",
    ...(compatible && { compatible }),
  });

  test("is made once by gateways that start together", async () => {
    const schema = newSchema();
    const all = await Promise.all([open(schema), open(schema), open(schema)]);
    for (const [id, items] of all.entries()) await items.write("put", { id, name: `${id}` });
    expect(await nameOf(await open(schema), 2)).toBe("2");
  });

  test("is not made among the tables of another program", async () => {
    const schema = newSchema();
    const sales = `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.sales (id INTEGER)`;
    await administer(server.address, schema, sales);
    await expect(open(schema)).rejects.toThrow(`its schema ${schema} has tables of another program (sales); give a`);
  });

  test("of a newer version serves an earlier one when it only adds to it", async () => {
    const schema = newSchema();
    const before = await open(schema);
    await open(schema, { migrations: [...itemMigrations, more("0020-size", true)] });
    await before.write("put", { id: 1, name: "a" });
    expect(await nameOf(await open(schema), 1)).toBe("a");
  });

  test("is not changed under gateways that would not understand it, and refuses them later", async () => {
    const schema = newSchema();
    const [before, unused] = [await openItems(server.address, schema), await open(schema)];
    await before.write("mark", "a");
    const migrations = [...itemMigrations, more("0020-size")];
    await expect(open(schema, { migrations })).rejects.toThrow("gateways of an earlier version are running");
    await before.close();
    await open(schema, { migrations });
    const newer = "written by a newer version (it has the migration 0020-size)";
    await expect(open(schema)).rejects.toThrow(newer);
    await expect(unused.write("mark", "b")).rejects.toThrow(newer);
    await expect(marksIn(unused)).rejects.toThrow(newer);
  });
});

test.each([
  ["directory", directoryMigrations, 40],
  ["record", recordMigrations, 5],
])("the tables of the %s are made of the same migrations as SQLite's", async (name, migrations, atLeast) => {
  const schema = `all_${name}`;
  const items = await openItems(server.address, schema, { migrations });
  await items.close();
  const tables = await administer(
    server.address,
    schema,
    `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`,
  );
  expect(tables.length).toBeGreaterThan(atLeast);
});

test("a copy of SQLite's tables has every row, in the same order on both sides, and goes on after the largest number", async () => {
  const schema = newSchema();
  const items = await open(schema);
  const connection = openConnection(join(await temporaryFolder(), "items.db"));
  onTestFinished(() => connection.close());
  for (const { sql } of itemMigrations) connection.exec(sql);
  // More than two pages, of names that locales would sort in another way than by their bytes.
  const names = Array.from({ length: 1200 }, (_, at) => `${["a", "B", "é", "-", "😀", "Z "][at % 6] ?? ""}${at}`);
  connection.exec("BEGIN");
  for (const [at, name] of names.entries()) {
    connection.run("INSERT INTO items (id, name, bytes) VALUES (?, ?, ?)", [at * 7 + 1, name, Buffer.from([at, 0])]);
    connection.run("INSERT INTO marks (name) VALUES (?)", [name]);
  }
  connection.exec("COMMIT");
  const reader = asyncWriter(connection);
  const sources = [{ schema, reader, tables: await tableShapes(reader) }];
  const content = () => inOneTransaction(server.address, [schema], (client) => contentOf(client, sources));
  expect(await content()).toEqual({ kind: "empty" });
  const reported: number[] = [];
  const copied = await inOneTransaction(server.address, [schema], (client) =>
    copyTables(client, sources, (_table, rows) => reported.push(rows)),
  );
  expect([copied, reported]).toEqual([2401, [500, 1000, 1200, 500, 1000, 1200, 1]]);
  expect(await content()).toEqual({ kind: "same" });
  expect(await marksIn(items)).toEqual(
    names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
  );
  const sql = "INSERT INTO items (name) VALUES ('next') RETURNING id::int AS id";
  expect(await administer(server.address, schema, sql)).toEqual([{ id: 1199 * 7 + 2 }]);
  await administer(server.address, schema, "DELETE FROM items WHERE name = 'next'");
  await administer(server.address, schema, "UPDATE items SET bytes = '\\x0001' WHERE id = 8");
  expect(await content()).toEqual({ kind: "other", differing: [`${schema}.items`] });
});
