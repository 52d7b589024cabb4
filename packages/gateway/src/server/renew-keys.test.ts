import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { account, type TestDirectory, testDirectory } from "../../test/test-directory.ts";
import { testGrant } from "../../test/test-grant.ts";
import { randomIds } from "./random-ids.ts";
import { type RenewParts, renewKeys } from "./renew-keys.ts";

const grant = testGrant();

function partsOf(directory: TestDirectory): RenewParts {
  const { database, secrets, folder: dataDir, clock } = directory;
  return { database, secrets, dataDir, accountId: account, ids: randomIds, clock };
}

/** The same parts, where `meanwhile` happens after the plan was made and before it is carried out. */
function changedMeanwhile(parts: RenewParts, meanwhile: () => Promise<unknown>): RenewParts {
  const write: RenewParts["database"]["write"] = async (...args) => {
    await meanwhile();
    return parts.database.write(...args);
  };
  return { ...parts, database: { ...parts.database, write } };
}

test("what was changed since the keys were planned is noticed in the transaction, and nothing is done", async () => {
  const directory = await testDirectory();
  const { store } = directory;
  const key = { accountId: account, ownerId: undefined, secretAccessKey: "s".repeat(40), createdAt: 1 };
  await store.createAccessKey(grant, { ...key, accessKeyId: "AKIAOLD" });
  const parts = partsOf(directory);
  const meanwhile = () => store.createAccessKey(grant, { ...key, accessKeyId: "AKIAMEANWHILE" });
  await expect(renewKeys(changedMeanwhile(parts, meanwhile))).rejects.toMatchObject({
    kind: "conflict",
    message: "users or keys were changed while new keys were made: run it again",
  });
  const rootKeys = async () => (await store.listAccessKeys(grant, account, undefined)).map((one) => one.accessKeyId);
  expect(await rootKeys()).toEqual(["AKIAMEANWHILE", "AKIAOLD"]);
  expect(await store.findUser(account, "admin")).toBeUndefined();
  // Run again, it knows of both keys: the older one makes room.
  expect(await renewKeys(parts)).toMatchObject({
    root: { made: true, deleted: "AKIAMEANWHILE", others: ["AKIAOLD"] },
    admin: { made: true, userName: "admin", userMade: true },
  });
  expect(existsSync(join(parts.dataDir, "admin-credentials"))).toBe(true);
  // What works stays.
  const again = await renewKeys(parts);
  expect([again.root.made, again.admin.made, again.admin.userMade]).toEqual([false, false, false]);
});

test("somebody who got the name meanwhile does not become the administrator", async () => {
  const directory = await testDirectory();
  const parts = partsOf(directory);
  await expect(renewKeys(changedMeanwhile(parts, () => directory.user("Admin")))).rejects.toMatchObject({
    kind: "conflict",
  });
  expect(await renewKeys(parts)).toMatchObject({ admin: { userName: "admin-2", userMade: true } });
});
