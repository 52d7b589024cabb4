import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkEventFiles } from "./check-event-files.ts";
import { checksOf } from "./checks.ts";
import { SetAside } from "./set-aside.ts";

function newFolder(...folders: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "set-aside-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const one of folders) mkdirSync(join(folder, one));
  return folder;
}

test("a file that is set aside does not take the place of one that was before", () => {
  const folder = newFolder("blobs");
  const aside = new SetAside(folder);
  for (const text of ["one", "two", "three"]) {
    writeFileSync(join(folder, "blobs/notes"), text);
    aside.blob("notes");
  }
  const kept = readdirSync(join(folder, "blobs/set-aside")).toSorted();
  expect(kept).toEqual(["notes", "notes.2", "notes.3"]);
  expect(kept.map((name) => readFileSync(join(folder, "blobs/set-aside", name), "utf8"))).toEqual([
    "one",
    "two",
    "three",
  ]);
});

test("a damaged database is set aside with its log, which may have the last that was committed", () => {
  const folder = newFolder();
  for (const end of ["", "-wal"]) writeFileSync(join(folder, `record.db${end}`), `bytes${end}`);
  new SetAside(folder).database("record.db", 7);
  expect(readdirSync(folder).toSorted()).toEqual(["record.db.damaged-7", "record.db.damaged-7-wal"]);
});

test("of a file of events each byte is kept or set aside, also those that are no UTF-8", () => {
  const folder = newFolder("events");
  const path = join(folder, "events/20261130-000000-111122223333.jsonl");
  const good = Buffer.concat([Buffer.from('{"key":"é'), Buffer.from([0xff]), Buffer.from('"}\n')]);
  const bad = Buffer.from([0x7b, 0xfe, 0x80]);
  writeFileSync(path, Buffer.concat([bad, Buffer.from("\n"), good]));
  const aside = new SetAside(folder);
  const options = {
    dataDir: folder,
    repairs: true,
    dropsDamaged: false,
    readsBodies: false,
    now: 0,
    progress: () => {},
  };
  expect([...checkEventFiles(checksOf(options, aside))].map(({ kind }) => kind)).toEqual(["event-line"]);
  aside.close();
  expect(readFileSync(path).equals(good)).toBe(true);
  expect(existsSync(join(folder, "set-aside.jsonl"))).toBe(true);
  expect(readFileSync(join(folder, "set-aside.jsonl"), "utf8")).toContain(bad.toString("base64"));
});
