import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { openConnection } from "./connection.ts";
import { type SqlValue, blob, integer } from "../sql/sql-value.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

const byte = fc.oneof(
  fc.integer({ min: 1, max: 255 }),
  fc.constantFrom(0x7e, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xf0, 0xf8, 0xff),
);
const texts = fc.array(byte, { maxLength: 12 }).map((bytes) => Buffer.from(bytes));

function bytesOf(column: SqlValue | undefined): string {
  return (typeof column === "string" ? Buffer.from(column, "ascii") : blob(column)).toString("hex");
}

// With one that is not seen the driver ends the process.
test("TEXT of whatever bytes comes back as it is, each row in its order", () => {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  connection.exec("CREATE TABLE texts (id INTEGER PRIMARY KEY, one TEXT, other ANY) STRICT");
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 8 }), (rows) => {
      connection.run("DELETE FROM texts", []);
      for (const [id, [one, other]] of rows.entries())
        connection.run("INSERT INTO texts VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT))", [id, one, other]);
      const found = connection.all(
        "SELECT one, other FROM texts WHERE id >= ? ORDER BY id DESC LIMIT ?",
        [0, 5],
        (columns) => columns.map(bytesOf),
      );
      const sent = rows.map((row) => row.map((bytes) => bytes.toString("hex")));
      expect(found).toEqual(sent.reverse().slice(0, 5));
    }),
    { numRuns: runs },
  );
});

test("rows keep their order, sorted by an index, by sorting, and as a compound", () => {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  connection.exec("CREATE TABLE numbers (id INTEGER PRIMARY KEY, other INTEGER NOT NULL, word TEXT NOT NULL) STRICT");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.string({ maxLength: 2, unit: "grapheme-ascii" }))), (rows) => {
      connection.run("DELETE FROM numbers", []);
      for (const [id, [other, word]] of rows.entries())
        connection.run("INSERT INTO numbers VALUES (?, ?, ?)", [id, other, word]);
      const ids = (sql: string): readonly number[] => connection.all(sql, [], ([id]) => integer(id));
      const sorted = rows
        .map(([other, word], id) => ({ id, other, word }))
        .sort((a, b) => a.other - b.other || (a.word < b.word ? -1 : a.word > b.word ? 1 : b.id - a.id))
        .map(({ id }) => id);
      expect(ids("SELECT id FROM numbers ORDER BY id DESC")).toEqual([...rows.keys()].reverse());
      expect(ids("SELECT id FROM numbers ORDER BY other, word, id DESC")).toEqual(sorted);
      expect(
        ids(`SELECT id, other, word FROM numbers WHERE other < 5 UNION ALL
             SELECT id, other, word FROM numbers WHERE other >= 5 ORDER BY 2, 3, 1 DESC`),
      ).toEqual(sorted);
    }),
    { numRuns: runs },
  );
});
