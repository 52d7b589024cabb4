import { execFileSync } from "node:child_process";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { EventFile } from "./event-file.ts";

let seq = 0;
const message = (text: string) => {
  seq += 1;
  return { seq, id: `id-${seq}`, orderingKey: "b/k", body: Buffer.from(text), since: 0 };
};

test("messages are lines of a private file, which is put aside before it is too large", async () => {
  const path = join(await temporaryFolder(), "events.jsonl");
  const file = new EventFile(path, 20);
  expect(await file.deliver([message("one"), message("two")])).toEqual(["delivered", "delivered"]);
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await Promise.all([file.deliver([message("three")]), file.deliver([message("fourteen")])]);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("one\ntwo\nthree\n");
  expect(readFileSync(path, "utf8")).toBe("fourteen\n");
  // A line that is longer than the limit is written all the same.
  await file.deliver([message("x".repeat(30))]);
  expect(readFileSync(path, "utf8")).toBe(`${"x".repeat(30)}\n`);
});

test("a link, a pipe, a folder that is not there and a device are no files, and nothing is written through them", async () => {
  const folder = await temporaryFolder();
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, "");
  symlinkSync(elsewhere, join(folder, "link"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  const failed = async (path: string) => (await new EventFile(path, 1000).deliver([message("m")]))[0];
  expect(await failed(join(folder, "link"))).toEqual({ failed: "its file cannot be written (ELOOP)" });
  expect(await failed(join(folder, "pipe"))).toEqual({ failed: "its file cannot be written (ENXIO)" });
  expect(await failed(join(folder, "no", "file"))).toEqual({ failed: "its file cannot be written (ENOENT)" });
  expect(await failed("/dev/null")).toEqual({ failed: "its file cannot be written (not a file)" });
  expect(readFileSync(elsewhere, "utf8")).toBe("");
});
