import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { joinFolderLock, lockFolder } from "./folder-lock.ts";

test("a folder is made with all above it, for its owner alone, and taken once", async () => {
  const folder = join(await temporaryFolder(), "a/b/c");
  const lock = await lockFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  await expect(lockFolder(folder)).rejects.toThrow("is in use by another gateway");
  lock.release();
  (await lockFolder(folder)).release();
});

test("processes join, and the next gateway begins when the last of them has ended", async () => {
  const folder = await temporaryFolder();
  const lock = await lockFolder(folder, { shared: true });
  const joined = [joinFolderLock(folder), joinFolderLock(folder)];
  await expect(lockFolder(folder)).rejects.toThrow("is in use by another gateway");
  lock.release();
  joined[0]?.release();
  await expect(lockFolder(folder, { waitMs: 0 })).rejects.toThrow("worker processes of a gateway that has ended");
  const next = lockFolder(folder);
  joined[1]?.release();
  const held = await next;
  expect(() => joinFolderLock(folder)).toThrow("locked");
  held.release();
});

test("a folder that cannot be made is one line: what, why, what to do", async () => {
  const home = await temporaryFolder();
  writeFileSync(join(home, "file"), "");
  const ends = async (folder: string): Promise<string> =>
    lockFolder(folder).then(
      () => "taken",
      (error: unknown) => (error instanceof Error ? error.message : ""),
    );
  expect(await ends("/proc/x/y")).toMatch(/^cannot make the data folder \/proc\/x\/y: folders cannot be made there; /);
  expect(await ends(join(home, "file"))).toContain(": a file of that name is there; choose another with --data");
  mkdirSync(join(home, "locked/lock.db"), { recursive: true });
  expect(await ends(join(home, "locked"))).toMatch(/\/lock\.db is not a file: move it away, /);
  expect(await ends(join(home, "file/below"))).toContain(": a file is in the way; ");
});
