import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { openConnection } from "../stores/sqlite/connection.ts";
import { applyMigrations } from "../stores/sqlite/migrate.ts";
import { integer } from "../stores/sql/sql-value.ts";
import { checkDatabase } from "./check-database.ts";
import { checksOf } from "./checks.ts";
import { SetAside } from "./set-aside.ts";

const migrations = [
  {
    name: "0001-first",
    sql: `CREATE TABLE small (n INTEGER CHECK (n < 10)) STRICT; INSERT INTO small VALUES (1);
      CREATE TABLE indexed (n INTEGER PRIMARY KEY, word TEXT) STRICT; CREATE INDEX by_word ON indexed (word);
      CREATE TABLE single (n INTEGER) STRICT; CREATE UNIQUE INDEX by_n ON single (n);`,
  },
];

/** A database in which the index did not see what `change` did to its table. */
async function withoutIndex(name: string, change: string): Promise<string> {
  const folder = await temporaryFolder();
  const path = join(folder, "objects.db");
  const made = openConnection(path);
  applyMigrations(made, path, migrations);
  const select = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
  const root = made.get(select, [name], ([number]) => integer(number)) ?? 0;
  made.close();
  const [size, at] = [4096, (root - 1) * 4096];
  const page = readFileSync(path).subarray(at, at + size);
  const changed = openConnection(path);
  changed.exec(change);
  changed.close();
  const file = openSync(path, "r+");
  writeSync(file, page, 0, size, at);
  closeSync(file);
  return folder;
}

/** More than SQLite names by itself. */
const manyRows =
  "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200) INSERT INTO indexed SELECT n, 'word' FROM c";

async function check(dataDir: string, repairs: boolean): Promise<readonly string[]> {
  const options = { dataDir, repairs, dropsDamaged: false, readsBodies: false, now: 0, progress: () => {} };
  const checks = checksOf(options, new SetAside(dataDir));
  const kinds: string[] = [];
  const file = { path: join(dataDir, "objects.db"), migrations };
  for await (const { kind } of checkDatabase(file, checks, () => [])) kinds.push(kind);
  return kinds;
}

test("an index that lacks many rows is made anew", async () => {
  const folder = await withoutIndex("by_word", manyRows);
  expect(await check(folder, true)).toEqual(["index-damaged"]);
  expect(await check(folder, false)).toEqual([]);
});

test("many faults of an index do not hide one of a table", async () => {
  const folder = await withoutIndex(
    "by_word",
    `PRAGMA ignore_check_constraints = ON; UPDATE small SET n = 11; ${manyRows}`,
  );
  for (const repairs of [false, true, false]) expect(await check(folder, repairs)).toEqual(["database-damaged"]);
});

test("rows that are twice where an index has each once are damage that no new index mends", async () => {
  const folder = await withoutIndex("by_n", "INSERT INTO single VALUES (7)");
  const connection = openConnection(join(folder, "objects.db"));
  connection.exec("INSERT INTO single VALUES (7)");
  connection.close();
  for (const repairs of [false, true, false]) expect(await check(folder, repairs)).toEqual(["database-damaged"]);
});
