import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { StoreError } from "../../ports/store-error.ts";
import { commitGroup } from "./commit-group.ts";
import { type Connection, type Writer, openConnection } from "./connection.ts";
import { integer } from "../sql/sql-value.ts";
import type { WriteRequest } from "./writer-protocol.ts";

async function open(): Promise<Connection> {
  const connection = openConnection(join(await temporaryFolder(), "x.db"));
  onTestFinished(() => connection.close());
  connection.exec("PRAGMA journal_mode = WAL");
  connection.exec("CREATE TABLE items (id INTEGER PRIMARY KEY, bytes BLOB)");
  return connection;
}

/** `args` is the size of the row to add. */
function add(writer: Writer, request: WriteRequest): number {
  return writer.run("INSERT INTO items (id, bytes) VALUES (?, ?)", [request.id, Buffer.alloc(Number(request.args), 1)]);
}

function request(id: number, size: number): WriteRequest {
  return { id, procedure: "add", args: size };
}

function ids(connection: Connection): readonly number[] {
  return connection.all("SELECT id FROM items ORDER BY id", [], ([id]) => integer(id));
}

test("on a full disk every reply is true: what is there was acknowledged, what was refused is not", async () => {
  const connection = await open();
  connection.exec("PRAGMA max_page_count = 30");
  const replies = await commitGroup(connection, [request(1, 10), request(2, 1_000_000), request(3, 10)], add);
  const acknowledged = replies.filter((reply) => "result" in reply).map((reply) => reply.id);
  expect(ids(connection)).toEqual(acknowledged);
  expect(replies[1]).toMatchObject({ id: 2, error: { kind: "full" } });
  expect(await commitGroup(connection, [request(4, 10)], add)).toEqual([{ id: 4, result: 1 }]);
});

test("when the commit fails, the whole group is rejected and nothing of it is there", async () => {
  const connection = await open();
  connection.exec("PRAGMA foreign_keys = ON");
  connection.exec("CREATE TABLE children (parent INTEGER REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED)");
  const run = (writer: Writer, one: WriteRequest): number =>
    one.id === 2 ? writer.run("INSERT INTO children (parent) VALUES (?)", [99]) : add(writer, one);
  const replies = await commitGroup(connection, [request(1, 1), request(2, 1), request(3, 1)], run);
  expect(replies.map((reply) => "error" in reply && reply.error.kind)).toEqual(["conflict", "conflict", "conflict"]);
  expect(ids(connection)).toEqual([]);
  expect(await commitGroup(connection, [request(4, 1)], add)).toEqual([{ id: 4, result: 1 }]);
});

test("when the transaction is lost on the way, the whole group is rejected", async () => {
  const connection = await open();
  const run = (writer: Writer, one: WriteRequest): number => {
    if (one.id !== 2) return add(writer, one);
    connection.exec("ROLLBACK"); // as SQLite does by itself on some errors
    throw new StoreError("unavailable", "disk I/O error");
  };
  const replies = await commitGroup(connection, [request(1, 1), request(2, 1), request(3, 1)], run);
  expect(replies.map((reply) => "error" in reply && reply.error.message)).toEqual(Array(3).fill("disk I/O error"));
  expect(ids(connection)).toEqual([]);
});

describe("a second procedure", () => {
  const also = { procedure: "event", args: 0 };
  const events = (connection: Connection): number =>
    connection.get("SELECT count(*) FROM events", [], ([count]) => integer(count)) ?? 0;

  async function withEvents(): Promise<Connection> {
    const connection = await open();
    connection.exec("CREATE TABLE events (id INTEGER PRIMARY KEY)");
    return connection;
  }
  const run = (fails: boolean) => (writer: Writer, asked: WriteRequest) => {
    if (asked.procedure === "read") return writer.get("SELECT 1", [], () => 1);
    if (asked.procedure !== "event") return add(writer, asked);
    if (fails) throw new StoreError("full", "no room for the event");
    return writer.run("INSERT INTO events (id) VALUES (?)", [asked.id]);
  };

  test("is stored with a change", async () => {
    const connection = await withEvents();
    expect(await commitGroup(connection, [{ ...request(1, 10), also }], run(false))).toEqual([
      { id: 1, result: 1, alsoRan: true },
    ]);
    expect([ids(connection), events(connection)]).toEqual([[1], 1]);
  });

  test("does not run when no row was changed", async () => {
    const connection = await withEvents();
    expect(await commitGroup(connection, [{ id: 1, procedure: "read", args: 0, also }], run(false))).toEqual([
      { id: 1, result: 1 },
    ]);
    expect(events(connection)).toBe(0);
  });

  test("that fails undoes the change, and no other of the group", async () => {
    const connection = await withEvents();
    const replies = await commitGroup(
      connection,
      [request(1, 10), { ...request(2, 10), also }, request(3, 10)],
      run(true),
    );
    expect(replies[1]).toMatchObject({ id: 2, error: { kind: "full" } });
    expect(ids(connection)).toEqual([1, 3]);
  });
});
