/**
 * A TEXT value that is no UTF-8 must be an error wherever it is met. libsql ends the whole process on one, so what meets
 * it here is a process of its own, on the build.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as textOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";

const build = new URL("../../../dist/", import.meta.url).href;

const prelude = `
  import { join } from "node:path";
  const load = (file) => import(${JSON.stringify(build)} + file);
  const { openConnection } = await load("stores/sqlite/connection.js");
  const { openDatabase } = await load("stores/sqlite/database.js");
  const { directoryMigrations } = await load("stores/sql/identity/directory-migrations.js");
  const { openLocalPlane } = await load("data-planes/local/local-plane.js");
  const { identityStore } = await load("stores/sql/identity/identity-store.js");
  const { randomIds } = await load("server/random-ids.js");
  const { systemClock } = await load("server/system-clock.js");
  const rows = await load("stores/sql/sql-value.js");
  const folder = process.argv[1];
  const openDirectory = () => openDatabase({
    path: join(folder, "directory.db"),
    migrations: directoryMigrations,
    procedures: new URL(${JSON.stringify(build)} + "stores/sqlite/directory-procedures.js"),
  });
  const openPlane = () => openLocalPlane({
    dataDir: folder,
    clock: systemClock,
    ids: randomIds,
  });
  const change = (file, ...statements) => {
    const connection = openConnection(join(folder, file));
    connection.exec("PRAGMA foreign_keys = OFF");
    for (const sql of statements) connection.exec(sql);
    connection.close();
  };
  const report = async (action) => {
    try {
      console.log(JSON.stringify({ value: await action() }));
    } catch ({ name, kind, message }) {
      console.log(JSON.stringify({ name, kind, message }));
    }
  };
`;

/** What the program reports, one line for each `report`, and how its process ended. */
async function outcome(program: string): Promise<{ readonly ended: unknown; readonly reports: readonly unknown[] }> {
  const folder = await temporaryFolder();
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `${prelude}${program}\nprocess.exit(0);`, folder],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [out, , [code, signal]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, "exit")]);
  const reports = out.split("\n").filter((line) => line !== "");
  return { ended: signal ?? code, reports: reports.map((line) => JSON.parse(line) as unknown) };
}

const corrupt = { name: "StoreError", kind: "corrupt" };

test("in the table of migrations, which is read first of all", async () => {
  const program = `
    await (await openDirectory()).close();
    change("directory.db", "UPDATE migrations SET name = CAST(x'30ff30' AS TEXT) WHERE name LIKE '0001%'");
    await report(openDirectory);`;
  expect(await outcome(program)).toEqual({
    ended: 0,
    reports: [{ ...corrupt, message: expect.stringContaining("migrations") }],
  });
});

test("in objects.db", async () => {
  const program = `
    await (await openPlane()).close();
    change("objects.db", "UPDATE boots SET swept = 1, boot_id = CAST(x'ff61' AS TEXT)");
    const plane = await openPlane();
    await report(() => plane.sweep());`;
  expect(await outcome(program)).toMatchObject({ ended: 0, reports: [corrupt] });
});

test("in a row that becomes unreadable while the file is open, in what reads and in what writes", async () => {
  const program = `
    const database = await openDirectory();
    await database.write("createAccount", { id: "111122223333", canonicalId: "c", createdAt: 1 });
    const store = identityStore(database, undefined, undefined);
    await report(async () => (await store.findAccount("111122223333")).id);
    change("directory.db", "UPDATE accounts SET canonical_id = CAST(x'2fff2f' AS TEXT)",
      "INSERT INTO principals (id, account_id, kind, name, folded, path, created_at, tags) " +
      "VALUES ('AIDAX', '111122223333', 'user', CAST(x'c328' AS TEXT), 'ann', '/', 1, CAST('{}' AS BLOB))");
    await report(() => store.findAccount("111122223333"));
    await report(() => store.findUser("111122223333", "ann"));
    await report(() => database.write("changePrincipal", { id: "AIDAX", change: { path: "/a/" } }));`;
  expect(await outcome(program)).toMatchObject({
    ended: 0,
    reports: [{ value: "111122223333" }, corrupt, corrupt, corrupt],
  });
});

// One flipped bit in a record's header makes a blob or a number a text.
test("in a column of another type, and in what a change returns", async () => {
  const program = `
    const connection = openConnection(join(folder, "x.db"));
    connection.exec("CREATE TABLE x (id INTEGER PRIMARY KEY, any)");
    connection.exec("INSERT INTO x (any) VALUES (CAST(x'ff00ff' AS TEXT)), ('gr\\u00fcn'), ('plain'), (x'ff'), (7), (NULL)");
    const shown = (value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value);
    await report(() => connection.all("SELECT any FROM x ORDER BY id", [], ([any]) => shown(any)));
    await report(() => connection.get("SELECT any FROM x WHERE id = ?", [1], ([any]) => rows.integer(any)));
    await report(() => connection.get("SELECT any FROM x WHERE id = ?", [1], ([any]) => rows.text(any)));
    await report(() => connection.get("SELECT any FROM x WHERE id = ?", [2], ([any]) => rows.text(any)));
    await report(() => connection.get("DELETE FROM x WHERE id = ? RETURNING any", [1], ([any]) => rows.text(any)));`;
  expect(await outcome(program)).toMatchObject({
    ended: 0,
    reports: [
      { value: ["ff00ff", Buffer.from("grün").toString("hex"), "plain", "ff", 7, null] },
      corrupt,
      corrupt,
      { value: "grün" },
      corrupt,
    ],
  });
});
