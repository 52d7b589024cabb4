import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fillUp, smallDisk } from "../../../../test/small-disk.ts";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import type { NewEvent } from "../../../ports/event-store.ts";
import { openDatabase } from "../../sqlite/database.ts";
import { utf8 } from "../sql-value.ts";
import { ReadJournal } from "./read-journal.ts";
import { recordMigrations } from "./record-migrations.ts";
import type { RecordProcedures } from "./record-procedures.ts";

const account = "111122223333";
const current = "record-reads.log";
const moving = "record-reads-moving.log";

function event(at: number, body = `{"at":${at},"name":"é\\t"}`): NewEvent {
  const eventId = `01a22709-e82d-7c84-9743-${String(at).padStart(12, "0")}`;
  return { eventId, accountId: account, changed: false, keys: ["EventName=GetUser"], body };
}

/** A journal over a real record.db, which refuses events when the test says so. */
async function openJournal(folder: string, maxBytes?: number) {
  const database = await openDatabase<RecordProcedures>({
    path: join(await temporaryFolder(), "record.db"),
    migrations: recordMigrations,
    procedures: new URL("../../../../bundle/record-procedures.js", import.meta.url),
  });
  onTestFinished(() => database.close());
  const state = { refuses: false, slices: 0, room: async () => {} };
  const open = async (): Promise<ReadJournal> => {
    const journal = await ReadJournal.open({
      folder,
      move: async (lines, again) => {
        if (state.refuses) throw new Error("refused by the test");
        state.slices += 1;
        await database.write("addReads", { lines, again, now: 0 });
      },
      makeRoom: () => state.room(),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    onTestFinished(() => journal.close());
    return journal;
  };
  const stored = (): readonly string[] =>
    database.reader.all("SELECT body FROM events ORDER BY seq", [], ([body]) => utf8(body));
  const sizes = () => database.reader.all("SELECT account_id, bytes FROM event_sizes", [], (row) => row);
  return { open, state, stored, sizes };
}

const bodies = (...numbers: readonly number[]): readonly string[] => numbers.map((at) => event(at).body);

test("events are in the file when they are added, and in the database once they are asked for", async () => {
  const folder = await temporaryFolder();
  const { open, stored, sizes } = await openJournal(folder);
  const journal = await open();
  await Promise.all([1, 2, 3].map((at) => journal.add([event(at)], 0)));
  expect(readFileSync(join(folder, current), "utf8").split("\n")).toHaveLength(4);
  expect(stored()).toEqual([]);
  await journal.flush();
  expect(stored()).toEqual(bodies(1, 2, 3));
  expect(sizes()).toEqual([[account, Buffer.byteLength(bodies(1, 2, 3).join(""))]]);
  expect([existsSync(join(folder, current)), existsSync(join(folder, moving))]).toEqual([false, false]);
  await journal.add([event(4)], 0);
  await expect.poll(stored, { timeout: 30_000 }).toEqual(bodies(1, 2, 3, 4)); // by itself, after a second
});

test("events that come while others are moved are all stored, each once", async () => {
  const { open, stored } = await openJournal(await temporaryFolder());
  const journal = await open();
  const count = 200;
  const flushes: Promise<void>[] = [];
  for (let at = 0; at < count; at += 1) {
    const added = journal.add([event(at)], 0);
    if (at % 7 === 0) await added;
    if (at % 3 === 0) flushes.push(journal.flush());
  }
  await Promise.all(flushes);
  await journal.close();
  expect([...stored()].toSorted()).toEqual([...bodies(...Array.from({ length: count }).keys())].toSorted());
});

test("what a process left is stored once at the next start, but for half a line", async () => {
  const folder = await temporaryFolder();
  const { open, stored } = await openJournal(folder);
  const first = await open();
  await first.add([event(1), event(2)], 0);
  writeFileSync(join(folder, moving), readFileSync(join(folder, current)));
  await first.flush();
  await first.add([event(3)], 0);
  await first.add([event(4)], 0);
  // It ended after it had moved a file, and in the middle of a line.
  const lines = readFileSync(join(folder, current));
  writeFileSync(join(folder, current), lines.subarray(0, -20));
  await open();
  expect(stored()).toEqual(bodies(1, 2, 3));
  expect([existsSync(join(folder, current)), existsSync(join(folder, moving))]).toEqual([false, false]);
});

test("what the database does not take now stays, and is stored once when it does", async () => {
  const { open, state, stored } = await openJournal(await temporaryFolder());
  const journal = await open();
  await journal.add([event(1)], 0);
  state.refuses = true;
  await expect(journal.flush()).rejects.toThrow("refused by the test");
  await journal.add([event(2)], 0);
  await expect(journal.flush()).rejects.toThrow("refused by the test");
  state.refuses = false;
  await journal.flush();
  expect(stored()).toEqual(bodies(1, 2));
});

test("a file that cannot be renamed stays the journal, and what is added to it comes behind", async () => {
  const folder = await temporaryFolder();
  const { open, stored } = await openJournal(folder);
  const journal = await open();
  await journal.add([event(1)], 0);
  mkdirSync(join(folder, moving));
  await expect(journal.flush()).rejects.toThrow(moving);
  await journal.add([event(2)], 0);
  rmdirSync(join(folder, moving));
  await journal.flush();
  expect(stored()).toEqual(bodies(1, 2));
});

test("a large journal is moved in slices, and takes no more events than the database will", async () => {
  const { open, state, stored } = await openJournal(await temporaryFolder(), 2_000_000);
  const journal = await open();
  state.refuses = true;
  const large = "x".repeat(100_000);
  const add = (from: number): Promise<void> => {
    const events = Array.from({ length: 20 }, (_, at) => event(from + at, large));
    return journal.add(events, 0);
  };
  await add(0);
  await expect(add(1000)).rejects.toThrow("refused by the test");
  await add(2000); // beside the file that could not be moved
  await expect(add(3000)).rejects.toThrow("refused by the test");
  state.refuses = false;
  await journal.add([event(4000)], 0);
  expect(stored()).toHaveLength(40);
  expect(state.slices).toBeGreaterThan(10);
});

test("on a full disk it asks for room and tries once more; without room nothing of the event is kept", async () => {
  const folder = smallDisk(2);
  const { open, state, stored } = await openJournal(folder);
  const journal = await open();
  await journal.add([event(1)], 0);
  let filler = fillUp(folder);
  await expect(journal.add([event(2, "x".repeat(100_000))], 0)).rejects.toMatchObject({ kind: "full" });
  state.room = async () => rmSync(filler);
  await journal.add([event(3, "x".repeat(100_000))], 0);
  filler = "";
  await journal.flush();
  expect(stored().map(({ length }) => length)).toEqual([event(1).body.length, 100_000]);
});

test("bytes that are no line cost no other event, and the journal is moved all the same", async () => {
  const folder = await temporaryFolder();
  const { open, stored, sizes } = await openJournal(folder);
  const journal = await open();
  await journal.add([event(1)], 0);
  await journal.close();
  expect(stored()).toEqual(bodies(1));
  const line = (at: number): string => `${account}\t["EventId=${event(at).eventId}"]\t${event(at).body}\n`;
  const broken = ["\0\0\0\n", "no tabs\n", `${account}\tone tab\n`, "x\ty\tz\n"];
  writeFileSync(join(folder, current), [line(2), ...broken, line(3), ...broken].join(""));
  await open();
  expect(stored()).toEqual(bodies(1, 2, 3));
  expect(sizes()).toHaveLength(1);
  expect(existsSync(join(folder, current))).toBe(false);
});
