import { appendFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { AccessLogSpool } from "./access-log-spool.ts";

const place = (account: string, bucket: string, day = "20261130") => ({
  accountId: account.repeat(12),
  bucketId: bucket.repeat(32),
  day,
});
const gatherMs = 1000;

async function opened(maxBytes = 1000) {
  const folder = await temporaryFolder();
  let time = 0;
  const open = () => AccessLogSpool.open(folder, () => time, { maxBytes, gatherMs });
  return { folder, open, spool: await open(), pass: (ms: number) => (time += ms) };
}

test("lines of a bucket and a day are gathered, in their order, and then ready", async () => {
  const { spool, pass } = await opened();
  await Promise.all([1, 2, 3].map((n) => spool.append(place("1", "a"), Buffer.from(`line ${n}\n`))));
  await spool.append(place("1", "a", "20261201"), Buffer.from("tomorrow\n"));
  expect(spool.ready()).toEqual([]);
  pass(gatherMs);
  const [first, second] = spool.ready();
  expect([first, second].map((log) => log?.day)).toEqual(["20261130", "20261201"]);
  if (first === undefined) throw new Error("nothing is ready");
  expect(String(await spool.take(first))).toBe("line 1\nline 2\nline 3\n");
  await spool.append(place("1", "a"), Buffer.from("later\n"));
  expect(spool.ready()).toHaveLength(2);
  await spool.remove(first);
  expect(spool.ready()).toEqual([second]);
});

test("a file is not ready while its first lines are written", async () => {
  const { spool } = await opened();
  const appended = spool.append(place("1", "a"), Buffer.from("line\n"));
  while ((await Promise.race([appended.then(() => "written"), nextTurn()])) !== "written")
    expect(spool.ready()).toEqual([]);
  expect(spool.bytes).toBe(5);
});

test("what could not be delivered is one file with what comes later", async () => {
  const { spool, pass } = await opened();
  await spool.append(place("1", "a"), Buffer.from("one\n"));
  pass(gatherMs);
  for (const line of ["two\n", "three\n"]) {
    const [log] = spool.ready();
    if (log === undefined) throw new Error("nothing is ready");
    await spool.take(log);
    spool.giveBack(log);
    await spool.append(place("1", "a"), Buffer.from(line));
  }
  const [log, ...others] = spool.ready();
  expect(others).toEqual([]);
  expect(log && String(await spool.take(log))).toBe("one\ntwo\nthree\n");
});

test("what had to make room while it was delivered in vain gets no more lines, and later ones are ready in time", async () => {
  const { spool, pass } = await opened(20);
  await spool.append(place("1", "a"), Buffer.from("delivered\n"));
  pass(gatherMs);
  const [log] = spool.ready();
  if (log === undefined) throw new Error("nothing is ready");
  await spool.take(log);
  await spool.append(place("1", "b"), Buffer.from("takes its room\n"));
  spool.giveBack(log);
  await spool.append(place("1", "a"), Buffer.from("new\n"));
  expect([spool.droppedLines, spool.bytes]).toEqual([1, 19]);
  pass(gatherMs);
  const lines = await Promise.all(spool.ready().map(async (file) => String(await spool.take(file))));
  expect(lines).toEqual(["takes its room\n", "new\n"]);
});

test("what a killed gateway left is ready when it starts again, without half a line", async () => {
  const { folder, open, spool } = await opened();
  await spool.append(place("1", "a"), Buffer.from("whole\n"));
  appendFileSync(join(folder, readdirSync(folder)[0] ?? ""), "half");
  const [left, ...others] = (await open()).ready();
  expect(others).toEqual([]);
  expect(left).toMatchObject({ ...place("1", "a"), bytes: 6 });
  expect(left && String(await spool.take(left))).toBe("whole\n");
});

test("a file that somebody deleted has no lines, and is no failure", async () => {
  const { folder, spool, pass } = await opened();
  await spool.append(place("1", "a"), Buffer.from("line\n"));
  pass(gatherMs);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const [log] = spool.ready();
  expect(log && String(await spool.take(log))).toBe("");
});

test("the account with the most loses its oldest lines, which are counted, and no other one", async () => {
  const { spool, pass } = await opened(20);
  await spool.append(place("2", "b"), Buffer.from("other\n"));
  for (const day of ["20261128", "20261129", "20261130"]) {
    pass(1);
    await spool.append(place("1", "a", day), Buffer.from("1\n2\n3\n"));
  }
  expect(spool.droppedLines).toBe(3);
  expect(spool.bytes).toBe(18);
  pass(gatherMs);
  expect(spool.ready().map(({ day, bucketId }) => `${bucketId[0]} ${day}`)).toEqual([
    "b 20261130",
    "a 20261129",
    "a 20261130",
  ]);
});
