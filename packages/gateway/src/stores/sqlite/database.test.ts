import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { fillUp, smallDisk } from "../../../test/small-disk.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { StoreError } from "../../ports/store-error.ts";
import { joinDatabase, openDatabase, type OwnDatabase } from "./database.ts";
import { openConnection, type Writer } from "./connection.ts";
import { lockFolder } from "./folder-lock.ts";
import type { Migration } from "../sql/migration.ts";
import { blob, integer, text } from "../sql/sql-value.ts";

const first: Migration = {
  name: "0001-items",
  sql: "CREATE TABLE items (key BLOB PRIMARY KEY, value INTEGER NOT NULL) STRICT",
};
const second: Migration = {
  name: "0002-note",
  sql: "ALTER TABLE items ADD COLUMN note TEXT; UPDATE items SET note = 'old'",
};

const procedures = new URL(
  `data:text/javascript,${encodeURIComponent(`
    export const procedures = {
      add: (writer, { key, value }) => writer.run("INSERT INTO items (key, value) VALUES (?, ?)", [key, value]),
      addThenThrow: (writer, { key, value }) => {
        writer.run("INSERT INTO items (key, value) VALUES (?, ?)", [key, value]);
        throw new Error("no");
      },
      text: (writer, value) => writer.get("SELECT ?", [value], ([v]) => v),
      few: (writer) => writer.run("INSERT INTO items (key, value) VALUES (?, ?)", [1]),
      die: () => process.exit(3),
    };`)}`,
);

type Procedure<A, R> = (writer: Writer, args: A) => R;

interface Item {
  readonly key: Buffer;
  readonly value: number;
}

type TestProcedures = {
  readonly add: Procedure<Item, number>;
  readonly addThenThrow: Procedure<Item, number>;
  readonly text: Procedure<unknown, Uint8Array>;
  readonly few: (writer: Writer) => number;
  readonly die: (writer: Writer) => void;
};

async function open(folder: string, migrations: readonly Migration[] = [first]): Promise<OwnDatabase<TestProcedures>> {
  const database = await openDatabase<TestProcedures>({ path: join(folder, "x.db"), migrations, procedures });
  onTestFinished(() => database.close());
  return database;
}

function rows(database: Pick<OwnDatabase<TestProcedures>, "reader">): readonly (readonly [string, number])[] {
  return database.reader.all("SELECT key, value FROM items ORDER BY key", [], ([key, value]) => [
    blob(key).toString("latin1"),
    integer(value),
  ]);
}

describe("openDatabase", () => {
  test("on a full disk a write asks for room and is tried once more; without room it is refused, and the next goes on", async () => {
    const folder = smallDisk(2);
    let other: string | undefined;
    const asked: string[] = [];
    const makeRoom = async (procedure: string): Promise<boolean> => {
      asked.push(procedure);
      if (other === undefined) return false;
      rmSync(other);
      return true;
    };
    const database = await openDatabase<TestProcedures>({
      path: join(folder, "x.db"),
      migrations: [first],
      procedures,
      makeRoom,
    });
    onTestFinished(() => database.close());
    const add = (name: string): Promise<number> => database.write("add", { key: Buffer.alloc(20_000, name), value: 1 });
    await add("a");
    const filler = fillUp(folder);
    await expect(add("b")).rejects.toMatchObject({ name: "StoreError", kind: "full" });
    other = filler;
    expect(await add("c")).toBe(1);
    expect(await add("d")).toBe(1);
    expect(asked).toEqual(["add", "add"]);
    expect(rows(database).map(([key]) => key[0])).toEqual(["a", "c", "d"]);
  });

  test("an acknowledged write is read, here and after opening again", async () => {
    const folder = await temporaryFolder();
    const database = await open(folder);
    expect(await database.write("add", { key: Buffer.from("a\0b\xff", "latin1"), value: 2 ** 53 - 1 })).toBe(1);
    expect(rows(database)).toEqual([["a\0b\xff", 2 ** 53 - 1]]);
    await database.close();
    expect(rows(await open(folder))).toEqual([["a\0b\xff", 2 ** 53 - 1]]);
  });

  test.each([true, false])("changes are seen before they are acknowledged; sole writer: %s", async (soleWriter) => {
    const folder = await temporaryFolder();
    const opened = () =>
      openDatabase<TestProcedures>({ path: join(folder, "x.db"), migrations: [first, second], procedures, soleWriter });
    const database = await opened();
    onTestFinished(() => database.close());
    const { reader } = database;
    let before = reader.changes();
    for (let n = 0; n < 5; n += 1) {
      expect(reader.changes()).toBe(before);
      await database.write("add", { key: Buffer.from(String(n)), value: n });
      expect(reader.changes()).not.toBe(before);
      before = reader.changes();
    }
    const other = await opened();
    await other.write("add", { key: Buffer.from("other"), value: 1 });
    await other.close();
    // Only who knows that there is no other may leave it out.
    expect(reader.changes() === before).toBe(soleWriter);
  });

  test("parallel writes are all kept, in order, and one that throws is undone alone", async () => {
    const database = await open(await temporaryFolder());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, n) =>
        database.write(n % 10 === 3 ? "addThenThrow" : "add", { key: Buffer.from(String(n)), value: n }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === "rejected")).toHaveLength(100);
    expect(rows(database)).toHaveLength(900);
    expect(rows(database).some(([, value]) => value % 10 === 3)).toBe(false);
  });

  test("a write that no thread can be sent fails alone", async () => {
    const database = await open(await temporaryFolder());
    const outcomes = await Promise.allSettled([
      database.write("add", { key: Buffer.from("a"), value: 1 }),
      database.write("text", () => "a function"),
      database.write("add", { key: Buffer.from("b"), value: 2 }),
    ]);
    expect(outcomes).toMatchObject([
      { value: 1 },
      { reason: { name: "StoreError", kind: "corrupt", message: "a write is not plain data" } },
      { value: 1 },
    ]);
    expect(rows(database)).toHaveLength(2);
  });

  test("errors keep their kind: a second row under a key is a conflict", async () => {
    const database = await open(await temporaryFolder());
    await database.write("add", { key: Buffer.from("k"), value: 1 });
    await expect(database.write("add", { key: Buffer.from("k"), value: 2 })).rejects.toMatchObject({
      name: "StoreError",
      kind: "conflict",
    });
    // @ts-expect-error -- the compiler knows the procedures
    await expect(database.write("nothing")).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("the count of parameters is checked, and text that a driver would change is refused", async () => {
    const database = await open(await temporaryFolder());
    // @ts-expect-error -- and what each of them takes
    await expect(database.write("add", { key: Buffer.from("m"), value: "one" })).rejects.toThrow(StoreError);
    await expect(database.write("few")).rejects.toThrow("takes 2 parameters, got 1");
    expect(() => database.reader.get("SELECT ?", [], () => 1)).toThrow(StoreError);
    const bytes = await database.write("text", "sn\u00f6 \u{1f600}");
    expect(text(bytes)).toBe("sn\u00f6 \u{1f600}");
    await expect(database.write("text", "a\0b")).rejects.toThrow(StoreError);
    await expect(database.write("text", "a\ud800b")).rejects.toThrow(StoreError);
    await expect(database.write("text", 1.5)).rejects.toThrow(StoreError);
  });

  test("one SQL text, read and run in every way and order, has the parameters of each call", () => {
    const connection = openConnection(":memory:");
    onTestFinished(() => connection.close());
    connection.exec("CREATE TABLE n (n INTEGER PRIMARY KEY) STRICT; INSERT INTO n (n) VALUES (1), (2), (3)");
    const after = "SELECT n FROM n WHERE n > ? ORDER BY n LIMIT 2";
    const one = (n: number) => connection.get(after, [n], ([found]) => integer(found));
    const all = (n: number) => connection.all(after, [n], ([found]) => integer(found));
    expect([all(0), one(2), all(1), one(3), one(1), all(3), one(0)]).toEqual([[1, 2], 3, [2, 3], undefined, 2, [], 1]);
    const add = "INSERT INTO n (n) VALUES (?) RETURNING n";
    expect(connection.get(add, [4], ([found]) => integer(found))).toBe(4);
    connection.run(add, [5]);
    expect(connection.get(add, [6], ([found]) => integer(found))).toBe(6);
    expect(connection.all(add, [7], ([found]) => integer(found))).toEqual([7]);
    connection.run(add, [8]);
    expect(connection.all("SELECT n FROM n", [], ([found]) => integer(found))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("the reader cannot write", async () => {
    const database = await open(await temporaryFolder());
    expect(() => database.reader.get("DELETE FROM items RETURNING 1", [], () => 1)).toThrow(StoreError);
  });

  test("more writes than the queue holds are refused, the others kept", async () => {
    const database = await open(await temporaryFolder());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5000 }, (_, n) => database.write("add", { key: Buffer.from(String(n)), value: n })),
    );
    const kept = outcomes.filter((outcome) => outcome.status === "fulfilled").length;
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(kept).toBe(4096);
    expect(refused[0]).toMatchObject({ kind: "unavailable" });
    expect(rows(database)).toHaveLength(kept);
  });

  test("close acknowledges what was accepted, and later writes are refused", async () => {
    const database = await open(await temporaryFolder());
    const accepted = database.write("add", { key: Buffer.from("k"), value: 1 });
    const closed = database.close();
    expect(await accepted).toBe(1);
    await closed;
    expect(() => rows(database)).toThrow("closed");
    await database.close();
    await expect(database.write("add", { key: Buffer.from("l"), value: 1 })).rejects.toMatchObject({
      kind: "unavailable",
    });
  });

  test("nothing is acknowledged while the file is not where it was opened, and writes go on when it is back", async () => {
    const folder = await temporaryFolder();
    const [path, away] = [join(folder, "x.db"), join(folder, "away.db")];
    const database = await open(folder);
    const add = (key: string) => database.write("add", { key: Buffer.from(key), value: 1 });
    renameSync(path, away);
    await expect(add("a")).rejects.toMatchObject({ kind: "unavailable", message: expect.stringContaining(path) });
    writeFileSync(path, "of another gateway");
    await expect(add("b")).rejects.toMatchObject({ kind: "unavailable" });
    renameSync(away, path);
    expect(await add("c")).toBe(1);
    expect(rows(database)).toEqual([["c", 1]]);
  });

  test("a writer that dies rejects what waits and what comes", async () => {
    const database = await open(await temporaryFolder());
    await expect(database.write("die")).rejects.toMatchObject({ kind: "unavailable" });
    await expect(database.write("add", { key: Buffer.from("k"), value: 1 })).rejects.toMatchObject({
      kind: "unavailable",
    });
  });

  test("files are private", async () => {
    const folder = await temporaryFolder();
    const database = await open(folder);
    await database.write("add", { key: Buffer.from("k"), value: 1 });
    for (const name of ["x.db", "x.db-wal", "x.db-shm"]) {
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
    }
  });
});

describe("migrations", () => {
  test("new ones are applied once, in order of name", async () => {
    const folder = await temporaryFolder();
    const old = await open(folder);
    await old.write("add", { key: Buffer.from("k"), value: 1 });
    await old.close();
    const database = await open(folder, [second, first]);
    expect(database.reader.all("SELECT note FROM items", [], ([note]) => text(note))).toEqual(["old"]);
    await database.close();
    await (await open(folder, [first, second])).close();
  });

  test("a database of a newer version is refused", async () => {
    const folder = await temporaryFolder();
    await (await open(folder, [first, second])).close();
    await expect(open(folder, [first])).rejects.toThrow("newer version");
  });

  test("one that fails leaves nothing behind", async () => {
    const folder = await temporaryFolder();
    await expect(
      open(folder, [first, { name: "0002-bad", sql: "CREATE TABLE a (b); CREATE NONSENSE" }]),
    ).rejects.toThrow(StoreError);
    await (await open(folder, [{ name: "0001-other", sql: "CREATE TABLE a (b)" }])).close();
  });

  test("one that finds no room on the disk says so, and leaves nothing behind", async () => {
    const folder = smallDisk(1);
    const large = { name: "0002-large", sql: "CREATE TABLE a (b); INSERT INTO a VALUES (zeroblob(4000000))" };
    await expect(open(folder, [first, large])).rejects.toMatchObject({ kind: "full" });
    await (await open(folder, [{ name: "0001-other", sql: "CREATE TABLE a (b)" }])).close();
  });

  test("two with one name are refused", async () => {
    await expect(open(await temporaryFolder(), [first, first])).rejects.toThrow("one name");
  });

  test("a file that is no database is refused as corrupt", async () => {
    const folder = await temporaryFolder();
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(folder, "x.db"), "this is not a database, but it is long enough to look like one ".repeat(40));
    await expect(open(folder)).rejects.toMatchObject({ kind: "corrupt" });
  });
});

describe("a database that is joined", () => {
  test("sees each acknowledged change, and counts it, however often the log begins anew", async () => {
    const folder = await temporaryFolder();
    const owner = await open(folder);
    const joined = joinDatabase<TestProcedures>(join(folder, "x.db"), (write) => owner.writeFor(write));
    onTestFinished(() => joined.close());
    const logs = new Set<number>();
    for (let value = 0; value < 60; value += 1) {
      const before = joined.reader.changes();
      // Long keys fill the log, which is moved into the database after some of them.
      const key = Buffer.concat([Buffer.from(`${value} `), Buffer.alloc(200_000)]);
      await (value % 2 === 0 ? owner : joined).write("add", { key, value });
      const after = joined.reader.changes();
      expect(after).not.toBe(before);
      expect(joined.reader.changes()).toBe(after);
      expect(joined.reader.get("SELECT max(value) FROM items", [], ([max]) => integer(max))).toBe(value);
      logs.add(readFileSync(join(folder, "x.db-wal")).readUInt32BE(12)); // its sequence number
    }
    expect(logs.size).toBeGreaterThan(1);
    await expect(joined.write("addThenThrow", { key: Buffer.from("x"), value: 1 })).rejects.toBeInstanceOf(StoreError);
    expect(() => joined.reader.all("DELETE FROM items RETURNING value", [], () => true)).toThrow("readonly");
  });
});

describe("lockFolder", () => {
  test("a second process is refused until the first releases the lock", async () => {
    const folder = join(await temporaryFolder(), "data");
    const lock = await lockFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      kind: "conflict",
      message: expect.stringContaining("in use"),
    });
    lock.release();
    (await lockFolder(folder)).release();
  });

  test("the lock dies with its process, killed or not", async () => {
    const folder = join(await temporaryFolder(), "data");
    const program = new URL("../../../dist/stores/sqlite/folder-lock.js", import.meta.url).href;
    const code = `const { lockFolder } = await import(${JSON.stringify(program)});
      await lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await expect(lockFolder(folder)).rejects.toMatchObject({ kind: "conflict" });
    child.kill("SIGKILL");
    await once(child, "exit");
    (await lockFolder(folder)).release();
  });
});
