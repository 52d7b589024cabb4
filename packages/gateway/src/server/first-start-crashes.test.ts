/** A first start that ends anywhere leaves a folder that the next start makes whole, with keys that somebody has. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openTestDatabase } from "../../test/test-directory.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { randomIds } from "./random-ids.ts";
import { createPolicyPrograms } from "../authz/policy-programs.ts";
import { openKeyFile } from "../stores/files/key-file.ts";
import { openKeyring } from "../stores/sql/sessions/keyring.ts";
import { createSessions } from "../stores/sql/sessions/sessions.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { text } from "../stores/sql/sql-value.ts";
import { firstStart, type FirstStartParts } from "./first-start.ts";
import { principalDirectory } from "../stores/sql/identity/principal-directory.ts";

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };
const files = ["root-credentials", "admin-credentials"] as const;

/** As a start of the gateway opens the folder. */
async function start(dataDir: string, accountId?: string): Promise<FirstStartParts> {
  const database = await openTestDatabase(dataDir);
  onTestFinished(() => database.close());
  const secrets = createAccessSecrets(openKeyFile(join(dataDir, "keyfile"), true));
  return { database, secrets, dataDir, accountId, ids: randomIds, clock };
}

/** The keys of both files, and what their ids open: their secrets, or why not. */
async function keys(parts: FirstStartParts): Promise<readonly { readonly works: boolean; readonly kind: string }[]> {
  const { database, secrets, dataDir } = parts;
  const keyring = await openKeyring(database, openKeyFile(join(dataDir, "keyfile"), false), 1);
  const directory = principalDirectory({
    database,
    secrets,
    sessions: createSessions({ database, keyring, clock }),
    program: createPolicyPrograms().named,
  });
  return Promise.all(
    files.map(async (name) => {
      const text = readFileSync(join(dataDir, name), "utf8");
      const [, id = "", secret = ""] = /_id=(\S+)\n.*_key=(\S+)\n$/s.exec(text) ?? [];
      const found = await directory.credential(id, undefined);
      if (found.kind !== "found") return { works: false, kind: found.kind };
      const caller = await found.caller();
      return { works: found.secretAccessKey === secret, kind: caller?.principal.kind ?? "nobody" };
    }),
  );
}

const whole = [
  { works: true, kind: "root" },
  { works: true, kind: "user" },
];
const worthless = [
  { works: false, kind: "unknown" },
  { works: false, kind: "unknown" },
];

test.each(files)("before %s could be written: no account, and the next start makes all of it", async (name) => {
  const parts = await start(await temporaryFolder(), "000000000042");
  // A folder cannot be replaced by a file.
  mkdirSync(join(parts.dataDir, name, "in the way"), { recursive: true });
  await expect(firstStart(parts)).rejects.toThrow();
  expect(await parts.database.reader.all("SELECT id FROM accounts", [], ([id]) => id)).toEqual([]);
  rmSync(join(parts.dataDir, name), { recursive: true });
  expect(await firstStart(parts)).toMatchObject({ created: true, accountId: "000000000042" });
  expect(await keys(parts)).toEqual(whole);
});

test("after the files, before the account: the account id may still be another", async () => {
  const folder = await temporaryFolder();
  const parts = await start(folder, "000000000042");
  const crashing: DirectoryDatabase = { ...parts.database, write: () => Promise.reject(new Error("crash")) };
  await expect(firstStart({ ...parts, database: crashing })).rejects.toThrow("crash");
  expect(await keys(parts)).toEqual(worthless);
  await parts.database.close();
  const again = await start(folder, "000000000043");
  expect(await firstStart(again)).toMatchObject({ created: true, accountId: "000000000043" });
  expect(await keys(again)).toEqual(whole);
});

test("after the account, before the keys were printed: the files belong to the account, and stay", async () => {
  const folder = await temporaryFolder();
  const parts = await start(folder, "000000000042");
  const crashing: DirectoryDatabase = {
    ...parts.database,
    async write(...write) {
      await parts.database.write(...write);
      throw new Error("crash");
    },
  };
  await expect(firstStart({ ...parts, database: crashing })).rejects.toThrow("crash");
  const before = files.map((name) => readFileSync(join(folder, name), "utf8"));
  await parts.database.close();
  const again = await start(folder);
  expect(await firstStart(again)).toMatchObject({ created: false, accountId: "000000000042" });
  expect(files.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(before);
  expect(await keys(again)).toEqual(whole);
  await expect(firstStart({ ...again, accountId: "000000000043" })).rejects.toMatchObject({ kind: "conflict" });
});

// The lock of the data folder keeps gateways apart; this is what holds without it.
test("two at once make one account, also when each was asked for another", async () => {
  const folder = await temporaryFolder();
  const [one, other] = [await start(folder, "000000000042"), await start(folder, "000000000043")];
  const started = await Promise.allSettled([firstStart(one), firstStart(other)]);
  expect(started.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const accounts = await one.database.reader.all("SELECT id FROM accounts", [], ([id]) => text(id));
  expect(accounts).toEqual([started[0]?.status === "fulfilled" ? "000000000042" : "000000000043"]);
  expect(await firstStart(await start(folder))).toMatchObject({ created: false, accountId: accounts[0] });
});

test("a later start writes no credentials again, also when their files are gone", async () => {
  const parts = await start(await temporaryFolder());
  const { accountId } = await firstStart(parts);
  for (const name of files) rmSync(join(parts.dataDir, name));
  expect(await firstStart(parts)).toMatchObject({ created: false, accountId });
  expect(files.map((name) => existsSync(join(parts.dataDir, name)))).toEqual([false, false]);
});

test("with another key file the keys are unknown, and no keyring opens", async () => {
  const folder = await temporaryFolder();
  const parts = await start(folder);
  await firstStart(parts);
  expect(await keys(parts)).toEqual(whole);
  await parts.database.close();
  writeFileSync(join(folder, "keyfile"), Buffer.alloc(32, 7));
  const again = await start(folder);
  expect(await firstStart(again)).toMatchObject({ created: false });
  await expect(keys(again)).rejects.toMatchObject({ kind: "corrupt", message: expect.stringContaining("key file") });
});
