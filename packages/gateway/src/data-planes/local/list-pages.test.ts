import { expect, onTestFinished, test } from "vitest";
import type { ListQuery } from "../../ports/object-listing.ts";
import { type Connection, openConnection, type Reader } from "../../stores/sqlite/connection.ts";
import { migrate } from "../../stores/sqlite/migrate.ts";
import { text } from "../../stores/sql/sql-value.ts";
import { listObjects, listUploads, listVersions } from "./list-pages.ts";
import { objectMigrations } from "./object-migrations.ts";

const prefixes = 100;

/** A bucket of 100 prefixes, with `keys` keys under each. Each key has `old` versions before the current one, and an upload in progress. */
function indexOf(keys: number, old: number): Connection {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  migrate(connection, ":memory:", objectMigrations);
  const all = `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${prefixes * keys}),
    named (i, key) AS (SELECT i, CAST(printf('%04d/%06d', i % ${prefixes}, i / ${prefixes}) AS BLOB) FROM n),
    v (age) AS (SELECT 0 UNION ALL SELECT age + 1 FROM v WHERE age < ${old})`;
  connection.exec(`
    ${all} INSERT INTO current (bucket_id, key, size, etag, modified, owner)
      SELECT 'b', key, 1, 'e', 0, 'o' FROM named;
    ${all} INSERT INTO versions (bucket_id, key, seq, version_id, kind, owner, modified, size, etag)
      SELECT 'b', key, 1 + i * ${old + 1} + age, 'v' || age, iif(age < ${old} AND age % 2, 'delete-marker', 'object'), 'o', 0, 1, 'e'
      FROM named, v;
    ${all} INSERT INTO uploads (bucket_id, key, upload_id, initiated_at, initiator, owner, metadata)
      SELECT 'b', key, 'u' || i, 0, CAST('i' AS BLOB), 'o', CAST('{"headers":{},"user":{}}' AS BLOB) FROM named;`);
  return connection;
}

interface Counted {
  readonly reader: Reader;
  rows: number;
  statements: number;
  readonly texts: Set<string>;
}

/** What a listing asks of the index. */
function counted(connection: Connection): Counted {
  const count: Counted = {
    rows: 0,
    statements: 0,
    texts: new Set(),
    reader: {
      get: (sql, params, row) => (
        begin(sql),
        connection.get(sql, params, (columns) => ((count.rows += 1), row(columns)))
      ),
      all: (sql, params, row) => (
        begin(sql),
        connection.all(sql, params, (columns) => ((count.rows += 1), row(columns)))
      ),
    },
  };
  const begin = (sql: string): void => {
    count.statements += 1;
    count.texts.add(sql);
  };
  return count;
}

const listings = { listObjects, listVersions, listUploads };
const query: ListQuery = { prefix: "", delimiter: "/", after: undefined, limit: 1000, turn: async () => {} };

async function costOf(name: keyof typeof listings, connection: Connection, asked: Partial<ListQuery>) {
  const count = counted(connection);
  const { entries, truncated } = await listings[name](count.reader, "b", { ...query, ...asked });
  for (const sql of count.texts) {
    // SQLite finds the first row by an index, and neither sorts nor filters, so it reads no row that it does not return.
    const params = sql
      .split("?")
      .slice(1)
      .map(() => "");
    const plan = connection.all(`EXPLAIN QUERY PLAN ${sql}`, params, (columns) => text(columns[3]));
    expect(plan).toEqual([
      expect.stringMatching(/^SEARCH (versions|current|uploads) USING (PRIMARY KEY|INDEX versions_by_id) /),
    ]);
  }
  return { entries: entries.length, truncated, rows: count.rows, statements: count.statements };
}

test("what is skipped costs nothing, however much it is", async () => {
  const [few, many] = [indexOf(10, 0), indexOf(200, 9)];
  const asked: readonly (readonly [Partial<ListQuery>, number])[] = [
    [{}, 100],
    [{ limit: 10 }, 10],
    [{ after: { key: "0050/" } }, 49],
    [{ after: { key: "0050/zzz" } }, 49],
    [{ prefix: "0042/", limit: 5, delimiter: "" }, 5],
    [{ prefix: "004" }, 10],
    [{ prefix: "none" }, 0],
  ];
  for (const name of ["listObjects", "listVersions", "listUploads"] as const)
    for (const [more, entries] of asked) {
      const cost = await costOf(name, many, more);
      expect(cost.entries).toBe(entries);
      expect(cost.rows).toBeLessThanOrEqual(entries + 60);
      expect(cost.statements).toBeLessThanOrEqual(entries + 3);
      if (more.delimiter === undefined) expect(cost).toEqual(await costOf(name, few, more));
    }
});

test("noncurrent versions and delete markers are nothing to a listing of objects, and a marker within a key's versions skips the newer ones", async () => {
  const connection = indexOf(2, 999);
  expect(await costOf("listObjects", connection, { delimiter: "", limit: 20 })).toMatchObject({
    entries: 20,
    rows: 21,
  });
  // The keys of one prefix are deleted: their markers are the latest versions.
  connection.exec("DELETE FROM current WHERE key >= CAST('0000/' AS BLOB) AND key < CAST('0099/' AS BLOB)");
  expect(await costOf("listObjects", connection, {})).toMatchObject({ entries: 1, statements: 2 });
  for (const id of ["v990", "v500", "v10"]) {
    const cost = await costOf("listVersions", connection, {
      after: { key: "0000/000000", id },
      delimiter: "",
      limit: 5,
    });
    expect(cost).toMatchObject({ entries: 5, truncated: true, statements: 3 });
    expect(cost.rows).toBeLessThanOrEqual(8);
  }
});
