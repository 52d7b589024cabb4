import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { runGateway } from "./run-gateway.ts";
import { lockFolder } from "../stores/sqlite/folder-lock.ts";

/** What a start that fails says. */
async function complaint(home: string, dataDir: string, port = 0, ...more: string[]): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    expect(await runGateway(["--port", String(port), "--data", dataDir, ...more], { HOME: home })).toBe(1);
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
    `Error: ${join(home, "directory.db")} is gone, but keyfile is there: put it back from a copy, or start with another --data folder, or give --database if the gateway is one of several on it\n`,
  );
});

test("a port in use: what to do, and no data folder is made", async () => {
  const home = await temporaryFolder();
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await complaint(home, join(home, "data"), port)).toBe(
    `Error: cannot listen on 127.0.0.1 port ${port}: it is in use; choose another with --port, or --port 0 for any free one\n`,
  );
  expect(existsSync(join(home, "data"))).toBe(false);
});

test("more connections than the system allows: what to do, and no data folder is made", async () => {
  const home = await temporaryFolder();
  expect(await complaint(home, join(home, "data"), 0, "--max-connections", "9999999")).toMatch(
    /^Error: 9999999 connections need \d+ open files, and this process may open \d+: raise the limit [^\n]+\n$/,
  );
  expect(existsSync(join(home, "data"))).toBe(false);
});

test("a key file that is none: what to do, and no data folder is made", async () => {
  const home = await temporaryFolder();
  expect(await complaint(home, join(home, "data"), 0, "--kms-key", `photos=${home}`)).toBe(
    `Error: cannot use --kms-key photos=${home}: it is not a file; give a file with 32 random bytes\n`,
  );
  expect(existsSync(join(home, "data"))).toBe(false);
});
