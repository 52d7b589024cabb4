import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { integer, text } from "../sql/sql-value.ts";
import { type Connection, openConnection, type Reader } from "./connection.ts";
import { DatabaseSnapshot } from "./database-snapshot.ts";

const schema = `
  CREATE TABLE numbered (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL) STRICT;
  CREATE TABLE pairs (one BLOB NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (one, other DESC)) STRICT, WITHOUT ROWID;
  CREATE INDEX numbered_by_length ON numbered (length(name));
  CREATE TRIGGER each_twice AFTER INSERT ON numbered BEGIN INSERT INTO pairs VALUES (CAST(new.name AS BLOB), new.number); END;
`;

/** A folder whose name has to be quoted, a database in it that is written to, and a snapshot that was not begun. */
async function snapshot(): Promise<{ writer: Connection; copy: string; taken: DatabaseSnapshot }> {
  const folder = mkdtempSync(join(tmpdir(), "it's a snapshot-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [source, copy] = [join(folder, "source.db"), join(folder, "copy.db")];
  const writer = openConnection(source);
  onTestFinished(() => writer.close());
  writer.exec(`PRAGMA journal_mode = WAL; ${schema}`);
  writer.exec("INSERT INTO numbered (name) VALUES ('one'), ('two'), ('three'); DELETE FROM numbered WHERE number = 3");
  const taken = await DatabaseSnapshot.open(source, copy);
  onTestFinished(() => taken.close());
  return { writer, copy, taken };
}

const names = (reader: Reader): readonly string[] =>
  reader.all("SELECT name FROM numbered ORDER BY number", [], ([name]) => text(name));
const pairs = (reader: Reader): number | undefined =>
  reader.get("SELECT count(*) FROM pairs", [], ([count]) => integer(count));

test("the copy is the database as it was at the moment: rows, rules, numbers that were given", async () => {
  const { writer, copy, taken } = await snapshot();
  taken.begin();
  expect(taken.isOld()).toBe(false);
  writer.exec("INSERT INTO numbered (name) VALUES ('late')");
  expect(taken.isOld()).toBe(true);
  expect([names(taken.reader), names(taken.now)]).toEqual([
    ["one", "two"],
    ["one", "two", "late"],
  ]);
  const seen: string[] = [];
  taken.copy(
    (table) => seen.push(table),
    (made) => void made.run("UPDATE numbered SET name = 'changed' WHERE number = ?", [2]),
  );
  taken.close();
  expect(seen).toEqual(["numbered", "pairs"]);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const made = openConnection(copy);
  onTestFinished(() => made.close());
  expect([names(made), pairs(made)]).toEqual([["one", "changed"], 3]);
  expect(made.all("PRAGMA integrity_check", [], ([line]) => text(line))).toEqual(["ok"]);
  made.exec("INSERT INTO numbered (name) VALUES ('next')");
  expect(made.get("SELECT max(number) FROM numbered", [], ([number]) => integer(number))).toBe(4);
  expect(pairs(made)).toBe(4);
  expect(() => made.exec("INSERT INTO numbered (name) VALUES ('one')")).toThrow("UNIQUE");
  expect(names(writer)).toEqual(["one", "two", "late"]);
});

test("a moment that was given up is followed by another one", async () => {
  const { writer, copy, taken } = await snapshot();
  taken.begin();
  writer.exec("DELETE FROM numbered");
  taken.end();
  taken.begin();
  taken.copy(() => {});
  taken.close();
  const made = openConnection(copy);
  onTestFinished(() => made.close());
  expect(names(made)).toEqual([]);
});
