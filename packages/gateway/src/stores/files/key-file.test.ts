import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { openKeyFile } from "./key-file.ts";
import { writePrivateFile } from "./private-write.ts";

test("made once, for its owner alone, and the same ever after", async () => {
  const path = join(await temporaryFolder(), "keyfile");
  const key = openKeyFile(path, true);
  expect(key).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(openKeyFile(path, true)).toEqual(key);
  expect(openKeyFile(path, false)).toEqual(key);
});

test("one that is gone or damaged is refused, never replaced", async () => {
  const path = join(await temporaryFolder(), "keyfile");
  expect(() => openKeyFile(path, false)).toThrow(expect.objectContaining({ kind: "conflict" }));
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "short");
  for (const create of [true, false])
    expect(() => openKeyFile(path, create)).toThrow(expect.objectContaining({ kind: "corrupt" }));
  expect(readFileSync(path, "utf8")).toBe("short");
  rmSync(path);
  mkdirSync(path);
  expect(() => openKeyFile(path, true)).toThrow(expect.objectContaining({ kind: "corrupt" }));
});

test("a private file keeps neither the mode nor the link of the file before it, and leaves no other file", async () => {
  const folder = await temporaryFolder();
  const [path, elsewhere] = [join(folder, "secret"), join(folder, "elsewhere")];
  writeFileSync(elsewhere, "other");
  chmodSync(elsewhere, 0o644);
  symlinkSync(elsewhere, path);
  writePrivateFile(path, "one");
  expect([readFileSync(path, "utf8"), readFileSync(elsewhere, "utf8")]).toEqual(["one", "other"]);
  chmodSync(path, 0o644);
  writePrivateFile(path, "two");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["two", 0o600]);
  expect(readdirSync(folder).sort()).toEqual(["elsewhere", "secret"]);
  expect(() => writePrivateFile(join(folder, "none", "secret"), "x")).toThrow();
});
