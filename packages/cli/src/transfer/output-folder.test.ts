import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OutputFolder, type Place } from "./output-folder.ts";

let base: string;
let out: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "s3-credentials-")));
  out = join(base, "out");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Places a key and saves a file there as a download would. */
async function save(folder: OutputFolder, key: string): Promise<string> {
  const place = await folder.place(key);
  if (place.kind === "refused") return place.reason;
  if (place.kind === "file") {
    writeFileSync(place.target.path, key);
    place.release();
  }
  return place.kind;
}

test("the folder and those of its keys are made; nothing else is left", async () => {
  const folder = await OutputFolder.open(join(out, "deep"));
  expect(await save(folder, "a/b/c.txt")).toBe("file");
  expect(await save(folder, "marker/")).toBe("folder");
  expect(readdirSync(join(out, "deep"))).toEqual(["a", "marker"]);
  expect(readFileSync(join(out, "deep/a/b/c.txt"), "utf8")).toBe("a/b/c.txt");
});

test("an output folder that cannot be is one line", async () => {
  writeFileSync(out, "");
  await expect(OutputFolder.open(out)).rejects.toThrow(`cannot write to the folder ${out} (EEXIST)`);
});

test("links that stay inside are followed, links out of the folder are not, whatever is behind them", async () => {
  mkdirSync(join(out, "real"), { recursive: true });
  mkdirSync(join(base, "outside/below"), { recursive: true });
  mkdirSync(join(base, "out-too"));
  writeFileSync(join(base, "outside/file"), "untouched");
  for (const [link, target] of [
    ["inside", "real"],
    ["away", "../outside"],
    ["absolute", join(base, "outside")],
    ["sibling", "../out-too"],
    ["nowhere", "../outside/none"],
    ["file", "../outside/file"],
    ["self", "self"],
  ] as const)
    symlinkSync(target, join(out, link));
  const folder = await OutputFolder.open(out);
  expect(await save(folder, "inside/x")).toBe("file");
  expect(readFileSync(join(out, "real/x"), "utf8")).toBe("inside/x");
  for (const key of ["away/x", "away/below/x", "away/new/x", "away/new/", "absolute/x", "sibling/x", "file"])
    expect([key, await save(folder, key)]).toEqual([key, expect.stringContaining("a symbolic link out of")]);
  for (const key of ["nowhere", "nowhere/x", "self", "self/x"])
    expect([key, await save(folder, key)]).toEqual([key, expect.stringContaining("leads nowhere")]);
  expect(readdirSync(join(base, "outside"))).toEqual(["below", "file"]);
  expect(readdirSync(join(base, "out-too"))).toEqual([]);
  expect(readFileSync(join(base, "outside/file"), "utf8")).toBe("untouched");
});

test("an output folder that is a link itself is fine", async () => {
  mkdirSync(join(base, "real"));
  symlinkSync("real", out);
  expect(await save(await OutputFolder.open(out), "a")).toBe("file");
  expect(readdirSync(join(base, "real"))).toEqual(["a"]);
});

test("of keys that cannot both be files and folders the later one is refused, and says why", async () => {
  const folder = await OutputFolder.open(out);
  expect(await save(folder, "a")).toBe("file");
  expect(await save(folder, "a/")).toBe("a is a file, so nothing can be saved below it");
  expect(await save(folder, "a/b/c")).toBe("a is a file, so nothing can be saved below it");
  expect(await save(folder, "d/e")).toBe("file");
  expect(await save(folder, "d")).toBe("there is a folder of that name");
  expect(await save(folder, "d/")).toBe("folder");
});

test("two keys that are one file: the later one is refused; an earlier file is replaced", async () => {
  mkdirSync(out);
  writeFileSync(join(out, "old"), "old", { mode: 0o640 });
  const folder = await OutputFolder.open(out);
  expect(await save(folder, "a//b")).toBe("file");
  expect(await save(folder, "a/b")).toBe("another key was saved to that file just now");
  const place = await folder.place("old");
  expect(place).toMatchObject({ kind: "file", target: { mode: 0o640 } });
});

test("a key below one that is being saved waits for it", async () => {
  const folder = await OutputFolder.open(out);
  const first = await folder.place("a");
  let second: Place | undefined;
  const waiting = folder.place("a/b").then((place) => (second = place));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(second).toBeUndefined();
  if (first.kind !== "file") throw new Error(first.kind);
  writeFileSync(first.target.path, "");
  first.release();
  expect(await waiting).toMatchObject({ kind: "refused" });
});

test("a name the system cannot have is refused", async () => {
  const folder = await OutputFolder.open(out);
  expect(await save(folder, "x".repeat(300))).toBe("it cannot be saved (ENAMETOOLONG)");
  expect(await save(folder, `${"x".repeat(300)}/a`)).toBe("it cannot be saved (ENAMETOOLONG)");
  expect(lstatSync(out).isDirectory()).toBe(true);
  expect(readdirSync(out)).toEqual([]);
});

test("where no folder can be made, that is said", async () => {
  await expect(OutputFolder.open("/proc/s3-credentials/below")).rejects.toThrow(
    /^cannot write to the folder .*\(ENOENT\)$/,
  );
});
