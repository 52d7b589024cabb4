import { appendFile, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { EventSegments } from "./event-segments.ts";

const dayMs = 24 * 60 * 60 * 1000;
const account = "111122223333";
const other = "444455556666";
const noLimit = { maxBytes: Number.MAX_SAFE_INTEGER, maxAge: Number.MAX_SAFE_INTEGER };

const lines = (...texts: readonly string[]): Uint8Array => Buffer.from(texts.join(""), "utf8");

/** The names of the files, and what is in each. */
async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return Object.fromEntries(names.map((name, at) => [Number(name.slice(0, 15)), texts[at] ?? ""]));
}

test.each([
  ["a few bytes", '{"half'],
  ["more than is read at once", `{"half":"${"x".repeat(200_000)}`],
])("what a crash left of a last line is cut at the next start: %s", async (_, torn) => {
  const folder = await temporaryFolder();
  const before = await EventSegments.open(folder, () => 1000, noLimit);
  await before.append(account, lines("one\n", "two\n"));
  await before.close();
  const [name = ""] = await before.names();
  await appendFile(join(folder, name), torn);
  const after = await EventSegments.open(folder, () => 1000, noLimit);
  expect(await filesOf(folder)).toEqual({ 1000: "one\ntwo\n" });
  await after.append(account, lines("three\n"));
  await after.close();
  expect(await filesOf(folder)).toEqual({ 1000: "one\ntwo\n", 1001: "three\n" });
});

test("a last file with no whole line becomes empty, and the files before it stay as they are", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "000000000000007.jsonl"), "one\n");
  await writeFile(join(folder, "000000000000008.jsonl"), "x".repeat(70_000));
  await EventSegments.open(folder, () => 1000, noLimit);
  expect(await filesOf(folder)).toEqual({ 7: "one\n", 8: "" });
});

test("a file is closed at 16 MiB and after a day, and the next is named after its first line's time", async () => {
  const folder = await temporaryFolder();
  let now = 1000;
  const segments = await EventSegments.open(folder, () => now, noLimit);
  const mebibytes = `${"x".repeat(16 * 1024 * 1024 - 2)}\n`;
  await segments.append(account, lines(mebibytes));
  now = 2000;
  await segments.append(account, lines("a\n"));
  now = 3000;
  await segments.append(account, lines("b\n"));
  expect(Object.keys(await filesOf(folder))).toEqual(["1000", "3000"]);
  now = 3000 + dayMs - 1;
  await segments.append(account, lines("c\n"));
  now = 3000 + dayMs;
  await segments.append(account, lines("d\n"));
  await segments.close();
  const { 1000: first, ...others } = await filesOf(folder);
  expect(first).toHaveLength(16 * 1024 * 1024 + 1);
  expect(others).toEqual({ 3000: "b\nc\n", [3000 + dayMs]: "d\n" });
});

/** Three files with a line a day, of which the last is being written. */
async function threeDays(
  limits: object,
): Promise<{ folder: string; segments: EventSegments; setTime: (time: number) => void }> {
  const folder = await temporaryFolder();
  let now = 0;
  const segments = await EventSegments.open(folder, () => now, { ...noLimit, ...limits });
  for (const day of [1, 2, 3]) {
    now = day * dayMs;
    await segments.append(account, lines(`day ${day}\n`));
  }
  return { folder, segments, setTime: (time) => (now = time) };
}

test.each([
  [18, [1, 2, 3]],
  [17, [2, 3]],
  [12, [2, 3]],
  [11, [3]],
  [0, [3]],
])("within %i bytes the oldest files go, and never the one being written", async (maxBytes, days) => {
  const { folder, segments } = await threeDays({ maxBytes });
  await segments.trim();
  expect(Object.keys(await filesOf(folder))).toEqual(days.map((day) => String(day * dayMs)));
  await segments.close();
});

test("a file goes when its last line is too old, not its first", async () => {
  const { folder, segments, setTime } = await threeDays({ maxAge: 10 * dayMs });
  const days = async (): Promise<readonly string[]> => Object.values(await filesOf(folder));
  setTime(12 * dayMs); // the first file ended when the second began
  await segments.trim();
  expect(await days()).toEqual(["day 1\n", "day 2\n", "day 3\n"]);
  setTime(12 * dayMs + 1);
  await segments.trim();
  expect(await days()).toEqual(["day 2\n", "day 3\n"]);
  setTime(100 * dayMs);
  await segments.append(account, lines("day 100\n"));
  await segments.trim();
  expect(await days()).toEqual(["day 3\n", "day 100\n"]);
  await segments.close();
});

/** The lines that a reader of the account finds, the newest first. */
async function linesOf(segments: EventSegments, accountId: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let next: Parameters<EventSegments["readBack"]>[1], first = true; first || next !== undefined; first = false) {
    const read = await segments.readBack(accountId, next, 8);
    found.push(...read.lines.map(({ text }) => text));
    next = read.next;
  }
  return found;
}

test("the account with the most loses its oldest first, and no other loses any", async () => {
  const folder = await temporaryFolder();
  let now = 1000;
  const maxBytes = 64 * 100;
  const segments = await EventSegments.open(folder, () => now, { ...noLimit, maxBytes });
  await segments.append(other, lines("theirs, the oldest\n"));
  for (let at = 0; at < 200; at += 1) {
    now += 1;
    await segments.append(account, lines(`${String(at).padStart(3, "0")}${"x".repeat(99)}\n`));
  }
  await segments.append(other, lines("theirs, the newest\n"));
  await segments.trim();
  expect(await linesOf(segments, other)).toEqual(["theirs, the newest", "theirs, the oldest"]);
  const kept = (await linesOf(segments, account)).map((line) => Number(line.slice(0, 3)));
  expect(kept).toEqual(Array.from({ length: 61 }, (_, at) => 199 - at));
  await segments.close();
});

test("a reader gets lines of its own account, and those of files that are from before each account had its own", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "000000000000007.jsonl"), "of all\n");
  const segments = await EventSegments.open(folder, () => 1000, noLimit);
  await segments.append(account, lines("mine\n"));
  await segments.append(other, lines("theirs\n"));
  expect(await linesOf(segments, account)).toEqual(["mine", "of all"]);
  expect(await linesOf(segments, other)).toEqual(["theirs", "of all"]);
  // A position of another account's file gives nothing of it.
  const [, , theirs = ""] = await segments.names();
  const read = await segments.readBack(account, { file: theirs, before: 7 }, 100);
  expect(read.lines.map(({ text }) => text)).toEqual(["mine"]);
  await segments.close();
});

test.runIf(process.platform === "linux")("no file stays open between two writes", async () => {
  const folder = await temporaryFolder();
  const segments = await EventSegments.open(folder, () => 1000, noLimit);
  for (let at = 0; at < 50; at += 1) await segments.append(String(at).padStart(12, "0"), lines("a\n"));
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  expect(links.filter((path) => path.startsWith(folder))).toEqual([]);
  await segments.close();
});
