import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findSources, localFiles, tidyPath } from "./local-files.ts";
import { sortedEntries } from "./sorted-entries.ts";

let base: string;
const before = process.cwd();
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  process.chdir(base);
  mkdirSync("site/css", { recursive: true });
  mkdirSync("site/empty");
  for (const file of ["site/index.html", "site/css/b.css", "site/css/a.css", "site/.hidden", "top.txt"])
    writeFileSync(file, "");
});
afterEach(() => {
  process.chdir(before);
  rmSync(base, { recursive: true, force: true });
});

async function listed(...paths: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const file of localFiles(await findSources(paths)))
    lines.push(file.kind === "file" ? `${file.path} => ${file.key}` : `${file.kind} ${file.path}: ${file.reason}`);
  return lines;
}

const below = (path: string, key: string) =>
  [".hidden", "css/a.css", "css/b.css", "index.html"].map((name) => `${path}${name} => ${key}${name}`);

test("a file's key is its name, a folder's name is the first part of its keys", async () => {
  expect(await listed("site/css/a.css", "site")).toEqual(["site/css/a.css => a.css", ...below("site/", "site/")]);
  expect(await listed("./site//", "site/css/../css/b.css")).toEqual([
    ...below("site/", "site/"),
    "site/css/../css/b.css => b.css",
  ]);
  expect(await listed(join(base, "site"))).toEqual(below(`${base}/site/`, "site/"));
});

test("the current folder adds no name; one above has its own", async () => {
  process.chdir("site");
  expect(await listed(".")).toEqual(below("", ""));
  expect(await listed("./")).toEqual(below("", ""));
  process.chdir("css");
  expect(await listed("..")).toEqual(below("../", "site/"));
});

test("links to files are files; links to folders are not followed; what is not a file is reported", async () => {
  symlinkSync("index.html", "site/link");
  symlinkSync("css", "site/loop");
  symlinkSync("none", "site/none");
  execFileSync("mkfifo", ["site/pipe"]);
  expect((await listed("site")).slice(4)).toEqual([
    "site/link => site/link",
    "skipped site/loop: a link to a folder",
    "skipped site/none: a link that leads nowhere",
    "skipped site/pipe: not a file",
  ]);
  symlinkSync("site", "other");
  expect(await listed("other/css")).toEqual(["other/css/a.css => css/a.css", "other/css/b.css => css/b.css"]);
  expect((await listed("other"))[0]).toBe("other/.hidden => other/.hidden");
});

test("everything that is missing is named, before anything is done", async () => {
  await expect(findSources(["top.txt", "none", "site/none/"])).rejects.toThrow(
    "cannot read none: there is no such file, cannot read site/none/: there is no such file; nothing was uploaded",
  );
  await expect(findSources([""])).rejects.toThrow('cannot read "": there is no such file');
  execFileSync("mkfifo", ["pipe"]);
  await expect(findSources(["pipe"])).rejects.toThrow("pipe is neither a file nor a folder");
});

test.each([
  ["a//b/./c/", "a/b/c"],
  ["./a", "a"],
  ["./", "."],
  ["", "."],
  ["/", "/"],
  ["//a/", "/a"],
  ["../a", "../a"],
  ["a/..", "a/.."],
])("the path %j is %j", (given, tidied) => {
  expect(tidyPath(given)).toBe(tidied);
});

test("a folder with more entries than are held at once comes in the same order", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `${(index * 37) % 100}`);
  mkdirSync("large");
  for (const name of names) writeFileSync(`large/${name}`, "");
  for (const window of [1, 7, 50, 100, 1000]) {
    const seen: string[] = [];
    for await (const entry of sortedEntries("large", window)) seen.push(entry.name);
    expect(seen).toEqual([...names].sort());
  }
});
