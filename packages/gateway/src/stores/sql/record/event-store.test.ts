import { beforeEach, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import type { EventStore, NewEvent } from "../../../ports/event-store.ts";
import type { Reader, WatchfulReader } from "../database.ts";
import { isOnPostgres, openRecord } from "../../../../test/stores/stores-database.ts";
import { integer, text } from "../sql-value.ts";
import { ReadJournal } from "./read-journal.ts";
import { eventStore } from "./event-store.ts";

let store: EventStore;
let reader: Reader;
/** Statements that were read with, and how many rows each gave. */
let reads: { readonly sql: string; readonly rows: number }[];

beforeEach(async () => {
  const folder = await temporaryFolder();
  const database = await openRecord(folder);
  onTestFinished(() => database.close());
  reads = [];
  reader = database.reader;
  const counted: WatchfulReader = {
    ...database.reader,
    all: async (sql, params, row) => {
      const rows = await reader.all(sql, params, row);
      reads.push({ sql, rows: rows.length });
      return rows;
    },
  };
  const journal = await ReadJournal.open({
    folder,
    move: (lines, again) => database.write("addReads", { lines, again, now: 0 }),
    makeRoom: async () => {},
  });
  onTestFinished(() => journal.close());
  store = eventStore({ ...database, reader: counted }, journal);
});

let made = 0;
beforeEach(() => {
  made = 0;
});

function bytesOf(accountId: string): Promise<number | undefined> {
  return reader.get("SELECT bytes FROM event_sizes WHERE account_id = ?", [accountId], ([bytes]) => integer(bytes));
}

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

const all = { from: 0, to: 1e12, before: undefined, limit: 50 } as const;

/** All pages, as a client asks for them. */
async function names(accountId: string, key?: string): Promise<readonly string[]> {
  const found: string[] = [];
  let before: number | undefined;
  do {
    const { events, next } = await store.lookup({ ...all, accountId, key, before });
    found.push(...events.map(({ body }) => body.split(" ")[0] ?? ""));
    before = next;
  } while (before !== undefined);
  return found;
}

async function addMany(accountId: string, count: number, more: Partial<NewEvent> = {}): Promise<void> {
  await store.add(
    Array.from({ length: count }, () => event(accountId, "Common", more)),
    2,
  );
}

test("a lookup looks at 100 events of its account at most, and says where to go on", async () => {
  await store.add([event("1", "Rare")], 1);
  await addMany("1", 450);
  await addMany("2", 1000);
  const before: (number | undefined)[] = [];
  let page = await store.lookup({ ...all, accountId: "1", key: "EventName=Rare" });
  while (page.events.length === 0) {
    before.push(page.next);
    page = await store.lookup({ ...all, accountId: "1", key: "EventName=Rare", before: page.next });
  }
  expect(page.next).toBeUndefined();
  // The common ones came at 2 ms: they are 2000 to 2449.
  expect(before).toEqual([2350, 2250, 2150, 2050]);
  // PostgreSQL plans by what it has counted in the tables, SQLite by the statement alone.
  for (const { sql } of isOnPostgres ? [] : reads) {
    const params = ["1", 0, 1, ...(sql.includes("instr") ? [Buffer.from("x"), 1] : [1])];
    const plan = await reader.all(`EXPLAIN QUERY PLAN ${sql}`, params, ([, , , detail]) => text(detail));
    expect(plan).toEqual([
      expect.stringMatching(
        /^SEARCH events USING .*INDEX events_by_account \(account_id=\? AND rowid>\? AND rowid<\?\)$/,
      ),
    ]);
  }
});

test("a page ends with the last event that it gives, and an id is found among any number", async () => {
  await store.add([event("1", "First", { eventId: "0190a000-0000-7000-8000-000000000001" })], 1);
  await addMany("1", 500);
  const { events, next } = await store.lookup({ ...all, accountId: "1", key: undefined, limit: 3 });
  expect(events).toHaveLength(3);
  expect(next).toBe(events[2]?.seq);
  const key = "EventId=0190a000-0000-7000-8000-000000000001";
  reads.length = 0;
  expect((await store.lookup({ ...all, accountId: "1", key })).events).toMatchObject([{ body: /^First/ }]);
  expect(await store.lookup({ ...all, accountId: "2", key })).toEqual({ events: [], next: undefined });
  expect(reads.map(({ rows }) => rows)).toEqual([1, 0]);
});

test("a key is found whole, whatever is in it and in others", async () => {
  const keys = ['ResourceName=a"b\\', 'ResourceName=x,"EventName=Hidden"', "ResourceName=é\n"];
  await store.add([event("1", "Odd", { keys })], 1);
  for (const key of keys) expect(await names("1", key)).toEqual(["Odd"]);
  for (const key of ["EventName=Hidden", "ResourceName=a", "ResourceName=x", "ResourceName=é", "", "%", "EventId="])
    expect([key, await names("1", key)]).toEqual([key, []]);
});

test("events go when they are too old", async () => {
  await store.add([event("1", "Old")], 1000);
  await store.add([event("1", "New")], 5000);
  await store.tend({ before: 3000, maxBytes: 1e9 });
  expect(await names("1")).toEqual(["New"]);
  expect(await bytesOf("1")).toBe("New 2".length);
});

test("when there is no more room, the largest account loses its own, and those without a change first", async () => {
  const body = "Flood ".repeat(100);
  await store.add([event("victim", "Kept"), event("flooder", "Change", { changed: true })], 1);
  await addMany("flooder", 500, { body });
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

const hour = 3_600_000;

test("when documents need more room than there is, those named longest ago go", async () => {
  const text = "x".repeat(1000);
  for (let n = 0; n < 300; n += 1) await store.keepDocuments([{ hash: `many${n}`, text: `${text}${n}` }], 10 + n);
  await store.keepDocuments([{ hash: "many0", text: `${text}0` }], 1000 + hour);
  await store.tend({ before: 0, maxBytes: 10_100 });
  const kept = [...(await store.documents(Array.from({ length: 300 }, (_, n) => `many${n}`))).keys()];
  expect(kept).toHaveLength(10);
  expect(kept).toContain("many0");
  expect(kept).toContain("many299");
  await store.tend({ before: 0, maxBytes: 0 });
  expect(await reader.get("SELECT bytes FROM document_size", [], ([bytes]) => integer(bytes))).toBe(0);
});

test("a document is kept as long as an event that can name it", async () => {
  await store.keepDocuments(
    [
      { hash: "a", text: "old" },
      { hash: "b", text: "new" },
    ],
    hour,
  );
  await store.keepDocuments([{ hash: "b", text: "new" }], 10 * hour);
  await store.tend({ before: 2 * hour, maxBytes: 1e9 });
  expect([...(await store.documents(["a", "b"])).keys()]).toEqual(["a", "b"]);
  await store.tend({ before: 4 * hour, maxBytes: 1e9 });
  expect([...(await store.documents(["a", "b", "c"])).entries()]).toEqual([["b", "new"]]);
});

test("a document that was forgotten is written again when it is named again, be it at once", async () => {
  const document = { hash: "a", text: "x".repeat(100) };
  await store.keepDocuments([document], 1);
  await store.tend({ before: 0, maxBytes: 10 });
  expect(await store.documents(["a"])).toEqual(new Map());
  await store.keepDocuments([document], 2);
  expect(await store.documents(["a"])).toEqual(new Map([["a", document.text]]));
});
