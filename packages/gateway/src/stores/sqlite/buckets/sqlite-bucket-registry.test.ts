import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  active,
  bucket,
  bucketRegistryContract,
  type RegistryUnderTest,
} from "../../../../test/bucket-registry-contract.ts";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { openDatabase } from "../database.ts";
import { readRevision, revisionMigration } from "../revision.ts";
import type { BucketDatabase, bucketProcedures } from "./bucket-procedures.ts";
import { accountBlockMigrations, bucketMigrations, placeMigration } from "./bucket-migrations.ts";
import { moveMigration } from "./bucket-moves.ts";
import { sqliteBucketRegistry } from "./sqlite-bucket-registry.ts";

const grant = testGrant();

interface Opened {
  readonly database: BucketDatabase;
  readonly registry: RegistryUnderTest;
}

async function open(folder?: string): Promise<Opened> {
  const where = folder ?? (await temporaryFolder());
  const database = await openDatabase<typeof bucketProcedures>({
    path: join(where, "directory.db"),
    migrations: [revisionMigration, ...bucketMigrations, ...accountBlockMigrations, placeMigration, moveMigration],
    procedures: new URL("../../../../bundle/directory-procedures.js", import.meta.url),
  });
  onTestFinished(() => database.close());
  return { database, registry: sqliteBucketRegistry(database) };
}

bucketRegistryContract(async () => (await open()).registry);

test("an unreadable public access block is a fault, never `nothing is blocked`", async () => {
  const { registry, database } = await open();
  const id = await active(registry, "one");
  for (const document of ["{}", "null", "{", '{"blockPublicAcls":"no"}']) {
    await database.write("setBucketDocument", { id, name: "publicAccessBlock", document });
    await expect(registry.find("one")).rejects.toMatchObject({ kind: "corrupt" });
  }
});

test("an unreadable public access block of the account is a fault of each of its buckets", async () => {
  const { registry, database } = await open();
  await active(registry, "one");
  for (const document of ["{}", "null", "{", '{"blockPublicAcls":"no"}']) {
    await database.write("setAccountBlock", { accountId: bucket("one").owner, document });
    await expect(registry.find("one")).rejects.toMatchObject({ kind: "corrupt" });
    await expect(registry.accountPublicAccessBlock(grant, bucket("one").owner)).rejects.toMatchObject({
      kind: "corrupt",
    });
  }
});

test("unreadable tags are a fault, never `no tags`", async () => {
  const { registry, database } = await open();
  const id = await active(registry, "one");
  for (const document of ["{}", "null", "[", "[1]", '[{"key":"a"}]']) {
    await database.write("setBucketDocument", { id, name: "tagging", document });
    await expect(registry.find("one")).rejects.toMatchObject({ kind: "corrupt" });
  }
});

test("an unreadable encryption is a fault, never `nothing is encrypted`", async () => {
  const { registry, database } = await open();
  const id = await active(registry, "one");
  for (const document of ["{}", "null", "{", '{"algorithm":"none","bucketKey":true,"blocksCustomerKeys":false}']) {
    await database.write("setBucketDocument", { id, name: "encryption", document });
    await expect(registry.find("one")).rejects.toMatchObject({ kind: "corrupt" });
  }
});

test("an unreadable ACL or ownership is a fault", async () => {
  const { registry, database } = await open();
  const id = await active(registry, "one");
  for (const [name, document] of [
    ["acl", "{}"],
    ["acl", '[["a","ALL"]]'],
    ["acl", "["],
    ["ownershipControls", "Nobody"],
  ] as const) {
    await database.write("setBucketDocument", { id, name, document });
    await expect(registry.find("one")).rejects.toMatchObject({ kind: "corrupt" });
    await database.write("setBucketDocument", { id, name, document: undefined });
  }
});

test("the revision moves with every change, and only then", async () => {
  const { registry, database } = await open();
  let last = readRevision(database.reader);
  const moves = async (change: Promise<unknown>, expected: boolean): Promise<void> => {
    await change;
    const now = readRevision(database.reader);
    expect(now > last).toBe(expected);
    last = now;
  };
  await moves(registry.create(grant, bucket("one")), true);
  await moves(registry.create(grant, bucket("one")), false);
  await moves(registry.move(grant, "id-one", "creating", "active"), true);
  await moves(registry.move(grant, "id-one", "creating", "active"), false);
  await moves(registry.setPolicy(grant, "id-one", "{}"), true);
  await moves(registry.setVersioning(grant, "id-one", "suspended"), true);
  await moves(registry.move(grant, "id-one", "active", "deleting"), true);
  await moves(registry.remove(grant, "id-one"), true);
  await moves(registry.remove(grant, "id-one"), false);
});
