import { expect, onTestFinished, test } from "vitest";
import {
  active,
  bucket,
  bucketRegistryContract,
  type RegistryUnderTest,
} from "../../../../test/bucket-registry-contract.ts";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { openDirectory } from "../../../../test/stores/stores-database.ts";
import { readRevision } from "../revision.ts";
import type { BucketDatabase } from "./bucket-procedures.ts";
import { bucketMoves } from "./bucket-moves.ts";
import { bucketRegistry, lifecycleBuckets } from "./bucket-registry.ts";

const grant = testGrant();

interface Opened {
  readonly database: BucketDatabase & Parameters<typeof bucketMoves>[0];
  readonly registry: RegistryUnderTest;
}

async function open(folder?: string): Promise<Opened> {
  const where = folder ?? (await temporaryFolder());
  const database = await openDirectory(where);
  onTestFinished(() => database.close());
  return { database, registry: bucketRegistry(database) };
}

bucketRegistryContract(async () => (await open()).registry);

test("a bucket that has Object Lock or a lifecycle does not move, and one that moves gets neither", async () => {
  const { registry, database } = await open();
  const moves = bucketMoves(database);
  const start = (name: string) =>
    moves.start(grant, {
      bucketId: `id-${name}`,
      from: bucket(name).place,
      to: `ceph/${name}`,
      accepted: [],
      removesSource: false,
      startedAt: 1,
    });
  const [locked, expiring, moving] = [
    await active(registry, "locked"),
    await active(registry, "expiring"),
    await active(registry, "moving"),
  ];
  for (const id of [locked, moving]) await registry.setVersioning(grant, id, "enabled");
  await registry.setObjectLock(grant, locked, { defaultRetention: undefined });
  await registry.setLifecycle(grant, expiring, "{}");
  expect(await start("locked")).toBeUndefined();
  expect(await start("expiring")).toBeUndefined();
  expect(await start("moving")).toMatchObject({ phase: "copying" });
  const conflict = { kind: "conflict" };
  await expect(registry.setObjectLock(grant, moving, { defaultRetention: undefined })).rejects.toMatchObject(conflict);
  await expect(registry.setLifecycle(grant, moving, "{}")).rejects.toMatchObject(conflict);
  const lifecycles = lifecycleBuckets(database, registry);
  expect(await lifecycles.withLifecycle("", 10)).toEqual([expiring]);
  expect(await lifecycles.withLifecycle(expiring, 10)).toEqual([]);
  expect(await lifecycles.read(expiring)).toMatchObject({ name: "expiring", lifecycle: "{}" });
  const before = await lifecycles.revision();
  expect(await lifecycles.revision()).toBe(before);
  await registry.setLifecycle(grant, expiring, undefined);
  expect(await lifecycles.revision()).not.toBe(before);
});

test("the place that a bucket moves to, or has left and still fills, is no other bucket's", async () => {
  const { registry, database } = await open();
  const id = await active(registry, "one");
  const moves = bucketMoves(database);
  const agreed = { accepted: [], removesSource: false, startedAt: 1 };
  const [from, to] = [bucket("one").place, "ceph/one"];
  await moves.start(grant, { bucketId: id, from, to, ...agreed });
  const taken = { exists: { id, name: "one" } };
  expect(await registry.create(grant, { ...bucket("two"), place: to })).toMatchObject(taken);
  await moves.setPhase(grant, id, "closing");
  await moves.finish(grant, id);
  expect(await registry.find("one")).toMatchObject({ place: to });
  expect(await registry.create(grant, { ...bucket("two"), place: from })).toMatchObject(taken);
  const other = await active(registry, "three");
  const there = { bucketId: other, from: bucket("three").place, to: from, ...agreed };
  expect(await moves.start(grant, there)).toBeUndefined();
});

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
  let last = await readRevision(database.reader);
  const moves = async (change: Promise<unknown>, expected: boolean): Promise<void> => {
    await change;
    const now = await readRevision(database.reader);
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
