import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import type { EventStore, NewEvent } from "../../../ports/event-store.ts";
import type { Reader } from "../connection.ts";
import { openDatabase } from "../database.ts";
import { integer, text } from "../sql-value.ts";
import { recordMigrations } from "./record-migrations.ts";
import type { RecordProcedures } from "./record-procedures.ts";
import { sqliteEventStore } from "./sqlite-event-store.ts";

let store: EventStore;
let reader: Reader;
/** Statements that were read with, and how many rows each gave. */
let reads: { readonly sql: string; readonly rows: number }[];

beforeEach(async () => {
  const database = await openDatabase<RecordProcedures>({
    path: join(await temporaryFolder(), "record.db"),
    migrations: recordMigrations,
    procedures: new URL("../../../../bundle/record-procedures.js", import.meta.url),
  });
  onTestFinished(() => database.close());
  reads = [];
  reader = database.reader;
  const counted: Reader = {
    get: (sql, params, row) => reader.get(sql, params, row),
    all: (sql, params, row) => {
      const rows = reader.all(sql, params, row);
      reads.push({ sql, rows: rows.length });
      return rows;
    },
  };
  store = sqliteEventStore({ ...database, reader: counted });
});

let made = 0;

function event(accountId: string, name: string, more: Partial<NewEvent> = {}): NewEvent {
  made += 1;
  return {
    eventId: `event-${made}`,
    accountId,
    changed: false,
    keys: [`EventName=${name}`],
    body: `${name} ${made}`,
    ...more,
  };
}

async function names(accountId: string, key?: string): Promise<readonly string[]> {
  const found = await store.lookup({ accountId, key, from: 0, to: 1e12, before: undefined, limit: 1000 });
  return found.map(({ body }) => body.split(" ")[0] ?? "");
}

test("a lookup reads the rows that it gives, by an index, among any number of others", async () => {
  for (let batch = 0; batch < 10; batch += 1)
    await store.add(
      Array.from({ length: 100 }, () => event("1", "Common")),
      batch,
    );
  await store.add([event("1", "Rare"), event("2", "Rare")], 20);
  await names("1");
  reads.length = 0;
  expect(await names("1", "EventName=Rare")).toEqual(["Rare"]);
  expect(reads.map(({ rows }) => rows)).toEqual([1]);
  const plan = reader.all(
    `EXPLAIN QUERY PLAN ${reads[0]?.sql ?? ""}`,
    ["1", Buffer.from("x"), 0, 1, 1],
    ([, , , detail]) => text(detail),
  );
  expect(plan).toHaveLength(2);
  for (const step of plan) expect(step).toMatch(/^SEARCH .* USING (PRIMARY KEY|INTEGER PRIMARY KEY)/);
});

test("events go when they are too old, and their keys with them", async () => {
  await store.add([event("1", "Old")], 1000);
  await store.add([event("1", "New")], 5000);
  await store.tend({ before: 3000, maxBytes: 1e9 });
  expect(await names("1")).toEqual(["New"]);
  expect(reader.get("SELECT count(*) FROM event_keys", [], ([count]) => integer(count))).toBe(4);
});

test("when there is no more room, the largest account loses its own, and those without a change first", async () => {
  const body = "Flood ".repeat(100);
  await store.add([event("victim", "Kept"), event("flooder", "Change", { changed: true })], 1);
  for (let batch = 0; batch < 5; batch += 1)
    await store.add(
      Array.from({ length: 100 }, () => event("flooder", "Flood", { body })),
      2,
    );
  await store.tend({ before: 0, maxBytes: 100_000 });
  expect(await names("victim")).toEqual(["Kept"]);
  const left = await names("flooder");
  expect(left).toContain("Change");
  expect(left.length).toBeGreaterThan(100);
  expect(left.length).toBeLessThan(170);
  await store.tend({ before: 0, maxBytes: 10 });
  expect(await names("flooder")).toEqual([]);
  expect(await names("victim")).toEqual(["Kept"]);
});

test("when documents need more room than there is, those named longest ago go", async () => {
  const text = "x".repeat(1000);
  for (let n = 0; n < 300; n += 1) await store.keepDocuments(new Map([[`many${n}`, `${text}${n}`]]), 10 + n);
  await store.keepDocuments(new Map([["many0", `${text}0`]]), 1000);
  await store.tend({ before: 0, maxBytes: 10_100 });
  const kept = [...(await store.documents(Array.from({ length: 300 }, (_, n) => `many${n}`))).keys()];
  expect(kept).toHaveLength(10);
  expect(kept).toContain("many0");
  expect(kept).toContain("many299");
  await store.tend({ before: 0, maxBytes: 0 });
  expect(reader.get("SELECT bytes FROM document_size", [], ([bytes]) => integer(bytes))).toBe(0);
});

test("a document is kept as long as an event that can name it", async () => {
  const hour = 3_600_000;
  await store.keepDocuments(
    new Map([
      ["a", "old"],
      ["b", "new"],
    ]),
    hour,
  );
  await store.keepDocuments(new Map([["b", "new"]]), 10 * hour);
  await store.tend({ before: 2 * hour, maxBytes: 1e9 });
  expect([...(await store.documents(["a", "b"])).keys()]).toEqual(["a", "b"]);
  await store.tend({ before: 4 * hour, maxBytes: 1e9 });
  expect([...(await store.documents(["a", "b", "c"])).entries()]).toEqual([["b", "new"]]);
});
