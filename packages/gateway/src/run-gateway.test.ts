import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { runGateway } from "./run-gateway.ts";
import { lockFolder } from "./sqlite/folder-lock.ts";

/** What a start that fails says. */
async function complaint(home: string, dataDir: string): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    expect(await runGateway(["--port", "0", "--data", dataDir], { HOME: home })).toBe(1);
  } finally {
    spy.mockRestore();
  }
  return written.join("");
}

test("a data folder in use: which one, and what to do", async () => {
  const home = await temporaryFolder();
  const dataDir = join(home, "data");
  const lock = await lockFolder(dataDir);
  onTestFinished(() => lock.release());
  expect(await complaint(home, dataDir)).toBe(
    `Error: the data folder ${dataDir} is in use by another gateway; stop that one, or choose another folder with --data\n`,
  );
});

test("other conflicts speak of no other gateway, and end with their own advice", async () => {
  const home = await temporaryFolder();
  writeFileSync(join(home, "file"), "");
  expect(await complaint(home, join(home, "file"))).toBe(
    `Error: cannot make the data folder ${join(home, "file")}: a file of that name is there; choose another with --data\n`,
  );
  writeFileSync(join(home, "keyfile"), "");
  expect(await complaint(home, home)).toBe(
    `Error: ${join(home, "directory.db")} is gone, but keyfile is there: put it back from a copy, or start with another --data folder\n`,
  );
});
