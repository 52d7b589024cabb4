import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Connection, openConnection } from "../stores/sqlite/connection.ts";
import { BlobCopies } from "./blob-copies.ts";
import { BlobPasses } from "./blob-passes.ts";

/** An index with these bodies, by their number. */
function indexOf(bodies: Readonly<Record<number, string>>): Connection {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  connection.exec("CREATE TABLE bodies (id INTEGER PRIMARY KEY, file TEXT UNIQUE)");
  for (const [id, file] of Object.entries(bodies))
    connection.run("INSERT INTO bodies (id, file) VALUES (?, ?)", [Number(id), file]);
  return connection;
}

/** Passes over a folder of blobs that has these files. */
function passesOver(files: readonly string[]): { passes: BlobPasses; taken: () => readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), "blob-passes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [source, target] = [join(folder, "source"), join(folder, "target")];
  for (const path of [source, target]) mkdirSync(path);
  for (const file of files) writeFileSync(join(source, file), file);
  const passes = new BlobPasses(new BlobCopies({ source, target, previous: undefined }), () => {});
  return { passes, taken: () => readdirSync(target).toSorted() };
}

test("a file that is gone with its object makes the moment worthless; what was taken before stays taken", async () => {
  const { passes, taken } = passesOver(["a", "c"]);
  await passes.before(indexOf({ 1: "a" }));
  const now = indexOf({ 1: "a", 3: "c" });
  expect(await passes.atMoment(indexOf({ 1: "a", 2: "b", 3: "c" }), now)).toBe(false);
  await passes.before(now);
  expect(await passes.atMoment(now, now)).toBe(true);
  expect(taken()).toEqual(["a", "c"]);
  expect([...passes.damaged]).toEqual([]);
});

test("a file that an object still needs is damage, which no other moment would mend", async () => {
  const { passes, taken } = passesOver(["a"]);
  const index = indexOf({ 1: "a", 2: "b" });
  await passes.before(index);
  expect(await passes.atMoment(index, index)).toBe(true);
  expect([...passes.damaged]).toEqual(["b"]);
  expect(taken()).toEqual(["a"]);
});

test("more bodies than one page are all taken, with a word on the way", async () => {
  const files = Array.from({ length: 1100 }, (_, at) => `f${at}`);
  const { passes, taken } = passesOver(files);
  await passes.before(indexOf(Object.fromEntries(files.map((file, at) => [at + 1, file]))));
  expect(taken()).toEqual(files.toSorted());
});
