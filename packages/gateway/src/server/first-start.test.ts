import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { quickPasswordHashes } from "../../test/quick-password-hashes.ts";
import { openTestDatabase } from "../../test/test-directory.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { testGrant } from "../../test/test-grant.ts";
import { randomIds } from "./random-ids.ts";
import { createPolicyPrograms } from "../authz/policy-programs.ts";
import { openKeyFile } from "../stores/files/key-file.ts";
import { openKeyring } from "../stores/sql/sessions/keyring.ts";
import { createSessions } from "../stores/sql/sessions/sessions.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { openConnection } from "../stores/sqlite/connection.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { accessKeyById } from "../stores/sql/identity/principal-rows.ts";
import { firstStart, type FirstStartParts } from "./first-start.ts";
import { identityStore } from "../stores/sql/identity/identity-store.ts";
import { principalDirectory } from "../stores/sql/identity/principal-directory.ts";

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };

async function partsIn(dataDir: string, accountId?: string): Promise<FirstStartParts> {
  const database = await openTestDatabase(dataDir);
  onTestFinished(() => database.close());
  const secrets = createAccessSecrets(openKeyFile(join(dataDir, "keyfile"), true));
  return { database, secrets, dataDir, accountId, ids: randomIds, clock };
}

function keysIn(file: string): { readonly id: string; readonly secret: string } {
  const text = readFileSync(file, "utf8");
  const found = /^\[default\]\naws_access_key_id=(AKIA[A-Z2-7]{16})\naws_secret_access_key=(\S{40})\n$/.exec(text);
  return { id: found?.[1] ?? "", secret: found?.[2] ?? "" };
}

async function secretOf({ database, secrets, dataDir }: FirstStartParts, accessKeyId: string): Promise<unknown> {
  const keyring = await openKeyring(database, openKeyFile(join(dataDir, "keyfile"), false), 1);
  const sessions = createSessions({ database, keyring, clock });
  const found = await principalDirectory({
    database,
    secrets,
    sessions,
    program: createPolicyPrograms().named,
  }).credential(accessKeyId, undefined);
  return found.kind === "found" ? found.secretAccessKey : found.kind;
}

test("an account, root keys and an administrator whose keys work, in private files", async () => {
  const parts = await partsIn(await temporaryFolder());
  const started = await firstStart(parts);
  expect(started).toMatchObject({ created: true, accountId: expect.stringMatching(/^[1-9]\d{11}$/) });
  for (const file of [started.rootCredentialsFile, started.adminCredentialsFile]) {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { id, secret } = keysIn(file);
    expect(await secretOf(parts, id)).toBe(secret);
  }
  const store = identityStore(parts.database, parts.secrets, quickPasswordHashes());
  const admin = await store.findUser(started.accountId, "admin");
  if (admin === undefined) throw new Error("no admin");
  expect(await store.listAttachedPolicies(testGrant(), admin)).toEqual(["arn:aws:iam::aws:policy/AdministratorAccess"]);
  expect((await store.findAccount(started.accountId))?.canonicalId).toMatch(/^[0-9a-f]{64}$/);
  expect(await accessKeyById(parts.database.reader, keysIn(started.rootCredentialsFile).id)).toMatchObject({
    accountId: started.accountId,
    ownerId: undefined,
  });
  expect(
    readdirSync(parts.dataDir)
      .filter((name) => name.includes("credentials"))
      .sort(),
  ).toEqual(["admin-credentials", "root-credentials"]);
});

test("a later start changes nothing, and refuses another account's id", async () => {
  const parts = await partsIn(await temporaryFolder(), "000000000042");
  const started = await firstStart(parts);
  expect(started.accountId).toBe("000000000042");
  const before = readFileSync(started.adminCredentialsFile, "utf8");
  expect(await firstStart(parts)).toEqual({ ...started, created: false });
  expect(await firstStart({ ...parts, accountId: undefined })).toEqual({ ...started, created: false });
  await expect(firstStart({ ...parts, accountId: "000000000043" })).rejects.toMatchObject({
    name: "StoreError",
    kind: "conflict",
    message: expect.stringContaining("belongs to account 000000000042"),
  });
  expect(readFileSync(started.adminCredentialsFile, "utf8")).toBe(before);
});

test("a crash before the account was made: keys in the files are worth nothing, the next start makes new ones", async () => {
  const parts = await partsIn(await temporaryFolder());
  const crashing: DirectoryDatabase = { ...parts.database, write: () => Promise.reject(new Error("crash")) };
  await expect(firstStart({ ...parts, database: crashing })).rejects.toThrow("crash");
  const files = ["root-credentials", "admin-credentials"].map((name) => join(parts.dataDir, name));
  const left = files.map(keysIn);
  for (const { id } of left) expect(await secretOf(parts, id)).toBe("unknown");

  for (const file of files) chmodSync(file, 0o644); // neither its mode nor its content stays
  writeFileSync(join(parts.dataDir, "root-credentials.new"), "left over");
  expect(await firstStart(parts)).toMatchObject({ created: true });
  for (const [index, file] of files.entries()) {
    const { id, secret } = keysIn(file);
    expect([id === left[index]?.id, statSync(file).mode & 0o777]).toEqual([false, 0o600]);
    expect(await secretOf(parts, id)).toBe(secret);
    expect(await secretOf(parts, left[index]?.id ?? "")).toBe("unknown");
  }
});

/** Loses the account row as a file put together from two copies does. */
function loseAccount(dataDir: string): void {
  const connection = openConnection(join(dataDir, "directory.db"));
  connection.exec("PRAGMA foreign_keys = OFF");
  connection.run("DELETE FROM accounts", []);
  connection.close();
}

test.each(["principals", "access_keys"])("without its account, somebody's %s get no new root keys", async (table) => {
  const parts = await partsIn(await temporaryFolder());
  const { rootCredentialsFile } = await firstStart(parts);
  const before = readFileSync(rootCredentialsFile, "utf8");
  loseAccount(parts.dataDir);
  const connection = openConnection(join(parts.dataDir, "directory.db"));
  connection.exec("PRAGMA foreign_keys = OFF");
  connection.run(`DELETE FROM ${table === "principals" ? "access_keys" : "principals"}`, []);
  connection.close();
  await expect(firstStart(parts)).rejects.toMatchObject({
    name: "StoreError",
    kind: "conflict",
    message: `${join(parts.dataDir, "directory.db")} has no account, but ${table} of one are there: put it back from a copy, or start with another --data folder`,
  });
  expect(readFileSync(rootCredentialsFile, "utf8")).toBe(before);
});

test("without an account, a folder with objects in it gets none", async () => {
  const parts = await partsIn(await temporaryFolder());
  writeFileSync(join(parts.dataDir, "objects.db"), "");
  await expect(firstStart(parts)).rejects.toMatchObject({
    kind: "conflict",
    message: `${join(parts.dataDir, "directory.db")} has no account, but objects.db is there: put it back from a copy, or start with another --data folder`,
  });
  expect(readdirSync(parts.dataDir).filter((name) => name.includes("credentials"))).toEqual([]);
});

test("the account is there with all of it or not at all", async () => {
  const parts = await partsIn(await temporaryFolder());
  const key = { ownerId: undefined, sealedSecret: Buffer.alloc(1), createdAt: 1, accountId: "000000000001" };
  const admin = {
    accountId: "000000000001",
    id: "AIDAADMIN",
    name: "admin",
    path: "/",
    createdAt: 1,
    boundary: undefined,
    tags: new Map(),
    role: undefined,
  };
  const account = {
    id: "000000000001",
    canonicalId: "c",
    createdAt: 1,
    admin,
    keys: ["AKIAONE", "AKIATWO", "AKIATHREE"].map((accessKeyId) => ({ ...key, accessKeyId })),
  };
  const made = parts.database.write("createFirstAccount", account);
  await expect(made).rejects.toMatchObject({ kind: "conflict", message: "the first account cannot be made: limit" });
  const rows = async (table: string): Promise<number> =>
    (await parts.database.reader.all(`SELECT 1 FROM ${table}`, [], () => 1)).length;
  expect(await Promise.all(["accounts", "principals", "access_keys"].map(rows))).toEqual([0, 0, 0]);
});

test("secrets are sealed at rest, each for its own key id", async () => {
  const parts = await partsIn(await temporaryFolder());
  const { adminCredentialsFile } = await firstStart(parts);
  const { id, secret } = keysIn(adminCredentialsFile);
  for (const name of readdirSync(parts.dataDir).filter((one) => one.startsWith("directory.db")))
    expect(readFileSync(join(parts.dataDir, name)).includes(secret)).toBe(false);
  const box = parts.secrets.seal(id, secret);
  expect(parts.secrets.open(id, box)).toBe(secret);
  expect(parts.secrets.open("AKIAANOTHERANOTHERAN", box)).toBeUndefined();
  const otherFile = createAccessSecrets(openKeyFile(join(await temporaryFolder(), "keyfile"), true));
  expect(otherFile.open(id, box)).toBeUndefined();
});
