import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { EventSegments } from "./event-segments.ts";

const dayMs = 24 * 60 * 60 * 1000;
const noLimit = { maxBytes: Number.MAX_SAFE_INTEGER, maxAge: Number.MAX_SAFE_INTEGER };

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
  const before = await EventSegments.open(folder, () => 1000);
  await before.append(["one\n", "two\n"]);
  await before.close();
  const [name = ""] = await before.names();
  await appendFile(join(folder, name), torn);
  const after = await EventSegments.open(folder, () => 1000);
  expect(await filesOf(folder)).toEqual({ 1000: "one\ntwo\n" });
  await after.append(["three\n"]);
  await after.close();
  expect(await filesOf(folder)).toEqual({ 1000: "one\ntwo\n", 1001: "three\n" });
});

test("a last file with no whole line becomes empty, and the files before it stay as they are", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "000000000000007.jsonl"), "one\n");
  await writeFile(join(folder, "000000000000008.jsonl"), "x".repeat(70_000));
  await EventSegments.open(folder, () => 1000);
  expect(await filesOf(folder)).toEqual({ 7: "one\n", 8: "" });
});

test("a file is closed at 16 MiB and after a day, and the next is named after its first line's time", async () => {
  const folder = await temporaryFolder();
  let now = 1000;
  const segments = await EventSegments.open(folder, () => now);
  const mebibytes = `${"x".repeat(16 * 1024 * 1024 - 2)}\n`;
  await segments.append([mebibytes]);
  now = 2000;
  await segments.append(["a\n"]);
  now = 3000;
  await segments.append(["b\n"]);
  expect(Object.keys(await filesOf(folder))).toEqual(["1000", "3000"]);
  now = 3000 + dayMs - 1;
  await segments.append(["c\n"]);
  now = 3000 + dayMs;
  await segments.append(["d\n"]);
  await segments.close();
  const { 1000: first, ...others } = await filesOf(folder);
  expect(first).toHaveLength(16 * 1024 * 1024 + 1);
  expect(others).toEqual({ 3000: "b\nc\n", [3000 + dayMs]: "d\n" });
});

/** Three files with a line a day, of which the last is being written. */
async function threeDays(): Promise<{ folder: string; segments: EventSegments; setTime: (time: number) => void }> {
  const folder = await temporaryFolder();
  let now = 0;
  const segments = await EventSegments.open(folder, () => now);
  for (const day of [1, 2, 3]) {
    now = day * dayMs;
    await segments.append([`day ${day}\n`]);
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
  const { folder, segments } = await threeDays();
  await segments.trim({ ...noLimit, maxBytes });
  expect(Object.keys(await filesOf(folder))).toEqual(days.map((day) => String(day * dayMs)));
  await segments.close();
});

test("a file goes when its last line is too old, not its first", async () => {
  const { folder, segments, setTime } = await threeDays();
  const days = async (): Promise<readonly string[]> => Object.values(await filesOf(folder));
  setTime(12 * dayMs); // the first file ended when the second began
  await segments.trim({ ...noLimit, maxAge: 10 * dayMs });
  expect(await days()).toEqual(["day 1\n", "day 2\n", "day 3\n"]);
  setTime(12 * dayMs + 1);
  await segments.trim({ ...noLimit, maxAge: 10 * dayMs });
  expect(await days()).toEqual(["day 2\n", "day 3\n"]);
  setTime(100 * dayMs);
  await segments.append(["day 100\n"]);
  await segments.trim({ ...noLimit, maxAge: 10 * dayMs });
  expect(await days()).toEqual(["day 3\n", "day 100\n"]);
  await segments.close();
});
