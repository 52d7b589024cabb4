import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import type { Procedure } from "../sql/database.ts";
import { integer } from "../sql/sql-value.ts";
import { openAsyncDatabase, overSqlite } from "./asynchronous.ts";
import { commitGroup } from "./commit-group.ts";
import { openConnection } from "./connection.ts";

const addOne: Procedure<number, number> = async (writer, value) => {
  await writer.run("INSERT INTO numbers (value) VALUES (?)", [value]);
  if (value < 0) throw new Error("negative");
  return (await writer.get("SELECT count(*) FROM numbers", [], ([count]) => integer(count))) ?? 0;
};

test("an asynchronous procedure is one step of a group: whole, or undone alone", async () => {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  connection.exec("CREATE TABLE numbers (value INTEGER NOT NULL) STRICT");
  const procedures = overSqlite({ add: addOne });
  const requests = [5, -1, 7].map((args, id) => ({ id, procedure: "add", args }));
  const replies = await commitGroup(connection, requests, (writer, { procedure, args }) =>
    procedures[procedure]?.(writer, args),
  );
  expect(replies).toMatchObject([{ result: 1 }, { error: { message: "negative" } }, { result: 2 }]);
  expect(connection.all("SELECT value FROM numbers", [], ([value]) => value)).toEqual([5, 7]);
});

test("a database is read and written by the interface of the stores", async () => {
  const procedures = new URL(
    `data:text/javascript,${encodeURIComponent(`export const procedures = { add: async (writer, value) => {
      await Promise.resolve();
      return writer.run("INSERT INTO numbers (value) VALUES (?)", [value]);
    } };`)}`,
  );
  const database = await openAsyncDatabase<{ readonly add: typeof addOne }>({
    path: join(await temporaryFolder(), "x.db"),
    migrations: [{ name: "0001-numbers", sql: "CREATE TABLE numbers (value INTEGER NOT NULL) STRICT" }],
    procedures,
    soleWriter: true,
  });
  onTestFinished(() => database.close());
  const before = database.reader.changes();
  let alongside = 0;
  const twice = database.alongside(
    "add",
    () => 4,
    () => (alongside += 1),
  );
  expect(await Promise.all([database.write("add", 1), database.write("add", 2), twice.write("add", 3)])).toEqual([
    1, 1, 1,
  ]);
  expect(alongside).toBe(1);
  expect(database.reader.changes()).not.toBe(before);
  const { reader } = database;
  expect(await reader.all("SELECT value FROM numbers ORDER BY value", [], ([value]) => integer(value))).toEqual([
    1, 2, 3, 4,
  ]);
  expect(await reader.get("SELECT value FROM numbers WHERE value > ?", [4], ([value]) => value)).toBeUndefined();
  await expect(reader.get("SELECT value FROM absent", [], () => 1)).rejects.toMatchObject({ kind: "corrupt" });
});
