/** The creation of an account that ends anywhere leaves no account that is half made, and no keys that nobody has. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openTestDatabase } from "../../test/test-directory.ts";
import { testGrant } from "../../test/test-grant.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { createPolicyPrograms } from "../authz/policy-programs.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { openKeyFile } from "../stores/files/key-file.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { accountById } from "../stores/sql/identity/principal-rows.ts";
import { principalDirectory } from "../stores/sql/identity/principal-directory.ts";
import { organizationStore } from "../stores/sql/organization/organization-store.ts";
import { openKeyring } from "../stores/sql/sessions/keyring.ts";
import { createSessions } from "../stores/sql/sessions/sessions.ts";
import { text } from "../stores/sql/sql-value.ts";
import { createAccountMaker, settleAccountFolders } from "./account-maker.ts";
import { firstStart } from "./first-start.ts";
import { randomIds } from "./random-ids.ts";

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };
const grant = testGrant();
const account = {
  requestId: "car-12345678",
  name: "research",
  email: "research@example.com",
  roleName: "OrganizationAccountAccessRole",
  createdAt: 1_700_000_000_000,
};

/** As a start of the gateway opens the folder. `crash` ends the creation of an account before or after its transaction: it never goes on. */
async function start(dataDir: string) {
  const database = await openTestDatabase(dataDir);
  onTestFinished(() => database.close());
  const secrets = createAccessSecrets(openKeyFile(join(dataDir, "keyfile"), true));
  await firstStart({ database, secrets, dataDir, accountId: "000000000042", ids: randomIds, clock });
  await settleAccountFolders(dataDir, async (id) => (await accountById(database.reader, id)) !== undefined);
  const storeOn = (on: DirectoryDatabase) => organizationStore(on, createAccountMaker(dataDir, secrets, randomIds));
  const crash = (when: "before" | "after"): Promise<void> =>
    new Promise((crashed, failed) => {
      const dying: DirectoryDatabase = {
        ...database,
        async write(...write) {
          if (when === "after") await database.write(...write);
          crashed();
          return new Promise(() => {});
        },
      };
      storeOn(dying).createAccount(grant, account).catch(failed);
    });
  return { database, secrets, dataDir, storeOn, crash };
}

type Started = Awaited<ReturnType<typeof start>>;

/** Every key file of a member account: what its id opens, and whether the secret in it is the right one. */
async function rootKeys({ database, secrets, dataDir }: Started) {
  const keyring = await openKeyring(database, openKeyFile(join(dataDir, "keyfile"), false), 1);
  const sessions = createSessions({ database, keyring, clock });
  const program = createPolicyPrograms().named;
  const directory = principalDirectory({ database, secrets, sessions, program });
  const folder = join(dataDir, "accounts");
  const ids = existsSync(folder) ? readdirSync(folder) : [];
  return Promise.all(
    ids.map(async (id) => {
      const file = join(folder, id, "root-credentials");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const [, keyId = "", secret = ""] = /_id=(\S+)\n.*_key=(\S+)\n$/s.exec(readFileSync(file, "utf8")) ?? [];
      const found = await directory.credential(keyId, undefined);
      if (found.kind !== "found") return { id, works: false, kind: found.kind };
      return { id, works: found.secretAccessKey === secret, kind: (await found.caller())?.principal.kind };
    }),
  );
}

/** Rows that belong to members, by table. */
async function membersOf({ database: { reader } }: Started) {
  const ids = (sql: string) => reader.all(sql, [], ([id]) => text(id));
  return {
    accounts: await ids("SELECT id FROM accounts WHERE id <> '000000000042'"),
    requests: await ids("SELECT id FROM account_requests"),
    attachments: await ids("SELECT target_id FROM organization_attachments WHERE target_id GLOB '[0-9]*' AND target_id <> '000000000042'"), // prettier-ignore
    principals: await ids("SELECT account_id FROM principals WHERE account_id <> '000000000042'"),
    keys: await ids("SELECT account_id FROM access_keys WHERE account_id <> '000000000042'"),
  };
}

const nothing = { accounts: [], requests: [], attachments: [], principals: [], keys: [] };
const allOf = (id: string) => ({
  accounts: [id],
  requests: [account.requestId],
  attachments: [id],
  principals: [id],
  keys: [id],
});

test("before its key file could be written: no account, and the next request makes all of it", async () => {
  const started = await start(await temporaryFolder());
  writeFileSync(join(started.dataDir, "accounts"), "in the way");
  await expect(started.storeOn(started.database).createAccount(grant, account)).rejects.toThrow();
  expect(await membersOf(started)).toEqual(nothing);
  rmSync(join(started.dataDir, "accounts"));
  const { accountId = "" } = await started.storeOn(started.database).createAccount(grant, account);
  expect(await membersOf(started)).toEqual(allOf(accountId));
  expect(await rootKeys(started)).toEqual([{ id: accountId, works: true, kind: "root" }]);
});

test("in the middle of its key file: the next start takes away what is there", async () => {
  const folder = await temporaryFolder();
  const started = await start(folder);
  await started.crash("before");
  const [name = ""] = readdirSync(join(folder, "accounts"));
  renameSync(join(folder, "accounts", name, "root-credentials"), join(folder, "accounts", name, "root-credentials.0a"));
  await started.database.close();
  await start(folder);
  expect(readdirSync(join(folder, "accounts"))).toEqual([]);
});

test("after the file, before the transaction: the next start takes the keys away, and the address is free", async () => {
  const folder = await temporaryFolder();
  const started = await start(folder);
  await started.crash("before");
  expect(await membersOf(started)).toEqual(nothing);
  expect(await rootKeys(started)).toMatchObject([{ works: false, kind: "unknown" }]);
  await started.database.close();
  const again = await start(folder);
  expect(await rootKeys(again)).toEqual([]);
  const { accountId = "", failure } = await again.storeOn(again.database).createAccount(grant, account);
  expect(failure).toBeUndefined();
  expect(await membersOf(again)).toEqual(allOf(accountId));
  expect(await rootKeys(again)).toEqual([{ id: accountId, works: true, kind: "root" }]);
});

test("after the transaction, before the answer: the account is whole, and the next start puts its keys in place", async () => {
  const folder = await temporaryFolder();
  const started = await start(folder);
  await started.crash("after");
  await started.database.close();
  const again = await start(folder);
  const request = await again.storeOn(again.database).accountRequest(grant, account.requestId);
  const accountId = request?.accountId ?? "none";
  expect(await membersOf(again)).toEqual(allOf(accountId));
  expect(await rootKeys(again)).toEqual([{ id: accountId, works: true, kind: "root" }]);
});

test("an account that is refused leaves no keys", async () => {
  const started = await start(await temporaryFolder());
  const store = started.storeOn(started.database);
  const { accountId = "" } = await store.createAccount(grant, account);
  const refused = await store.createAccount(grant, { ...account, requestId: "car-87654321" });
  expect(refused).toMatchObject({ accountId: undefined, failure: "EMAIL_ALREADY_EXISTS" });
  expect((await membersOf(started)).accounts).toEqual([accountId]);
  expect(await rootKeys(started)).toEqual([{ id: accountId, works: true, kind: "root" }]);
});
