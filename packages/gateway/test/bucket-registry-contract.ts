import { describe, expect, test } from "vitest";
import { repairBuckets } from "../src/domain/buckets/repair-buckets.ts";
import type { BucketRegistry, UnsettledBuckets } from "../src/ports/bucket-registry.ts";
import { testGrant } from "./test-grant.ts";

const grant = testGrant();
const ann = "111122223333";
const bob = "444455556666";

export type RegistryUnderTest = BucketRegistry & UnsettledBuckets;

export function bucket(name: string, owner = ann, id = `id-${name}`) {
  return { id, place: id, name, owner, region: "us-east-1", createdAt: 1_700_000_000_000 };
}

export async function active(registry: BucketRegistry, name: string, owner = ann): Promise<string> {
  await registry.create(grant, bucket(name, owner));
  expect(await registry.move(grant, `id-${name}`, "creating", "active")).toBe(true);
  return `id-${name}`;
}

/** What every registry of buckets must do; `open` makes an empty one, and is called in each test. */
export function bucketRegistryContract(open: () => Promise<RegistryUnderTest>): void {
  describe("registry of buckets", () => {
    test("a bucket is found from when it is active until it is removed", async () => {
      const registry = await open();
      expect(await registry.create(grant, bucket("one"))).toEqual({
        made: {
          ...bucket("one"),
          state: "creating",
          versioning: "off",
          policy: undefined,
          publicAccessBlock: undefined,
          website: undefined,
          cors: undefined,
          tags: [],
          abac: false,
          requesterPays: false,
          ownership: "BucketOwnerEnforced",
          acl: undefined,
          objectLock: undefined,
          lifecycle: undefined,
          notification: undefined,
          logging: undefined,
        },
      });
      expect(await registry.find("one")).toBeUndefined();
      expect(await registry.move(grant, "id-one", "creating", "active")).toBe(true);
      expect(await registry.find("one")).toMatchObject({ id: "id-one", owner: ann, state: "active" });
      expect(await registry.move(grant, "id-one", "creating", "active")).toBe(false);
      expect(await registry.move(grant, "id-one", "active", "deleting")).toBe(true);
      expect(await registry.find("one")).toMatchObject({ state: "deleting" });
      await registry.remove(grant, "id-one");
      expect(await registry.find("one")).toBeUndefined();
      expect(await registry.create(grant, bucket("one", bob, "id-again"))).toMatchObject({
        made: { id: "id-again", owner: bob },
      });
    });

    test("a name is taken once, by whoever is first, also among many at once", async () => {
      const registry = await open();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          registry.create(grant, bucket("name", n % 2 === 0 ? ann : bob, `id-${n}`)),
        ),
      );
      expect(outcomes.filter((outcome) => "made" in outcome)).toHaveLength(1);
      expect(outcomes[1]).toMatchObject({ exists: { id: "id-0", owner: ann } });
    });

    test("the objects of two buckets are never in one place", async () => {
      const registry = await open();
      const at = (name: string, place: string) => registry.create(grant, { ...bucket(name), place });
      expect(await at("one", "ceph/photos")).toMatchObject({ made: { id: "id-one", place: "ceph/photos" } });
      expect(await at("two", "ceph/photos")).toMatchObject({ exists: { name: "one" } });
      expect(await at("two", "ceph/photos-2")).toMatchObject({ made: { place: "ceph/photos-2" } });
      expect(await at("three", "r2/photos")).toMatchObject({ made: { place: "r2/photos" } });
      expect(await registry.findAny("three")).toMatchObject({ place: "r2/photos", state: "creating" });
      expect(await registry.findAny("four")).toBeUndefined();
      await active(registry, "local");
      expect(await registry.upstreams()).toEqual(
        new Map([
          ["ceph", 2],
          ["r2", 1],
        ]),
      );
      const { place, owner } = bucket("local");
      expect(await registry.localOwners()).toEqual([{ place, owner }]);
    });

    test("an active bucket is not removed, and there is no way around the states", async () => {
      const registry = await open();
      const id = await active(registry, "one");
      await registry.remove(grant, id);
      expect(await registry.find("one")).toMatchObject({ state: "active" });
      await expect(registry.move(grant, id, "active", "creating")).rejects.toMatchObject({ kind: "conflict" });
    });

    test("configuration is kept by sub-resource, and a new bucket under the name has none", async () => {
      const registry = await open();
      const id = await active(registry, "one");
      const block = {
        blockPublicAcls: true,
        ignorePublicAcls: false,
        blockPublicPolicy: true,
        restrictPublicBuckets: false,
      };
      await registry.setPolicy(grant, id, '{"Id":"sn\u00f6 \\u0000"}');
      await registry.setWebsite(grant, id, "<WebsiteConfiguration/>");
      await registry.setPublicAccessBlock(grant, id, block);
      await registry.setVersioning(grant, id, "enabled");
      const tags = [
        { key: "__proto__", value: "ä" },
        { key: "2", value: "" },
        { key: "1", value: "b" },
      ];
      await registry.setTags(grant, id, tags);
      await registry.setAbac(grant, id, true);
      await registry.setRequesterPays(grant, id, true);
      const encryption = {
        algorithm: "aws:kms",
        keyName: "alias/a",
        bucketKey: true,
        blocksCustomerKeys: true,
      } as const;
      await registry.setEncryption(grant, id, encryption);
      const acl = [{ grantee: "a".repeat(64), permission: "READ_ACP" }] as const;
      await registry.setAcl(grant, id, acl);
      await registry.setOwnership(grant, id, "ObjectWriter");
      await registry.setLifecycle(grant, id, '{"rules":[]}');
      await registry.setNotification(grant, id, "[]");
      const logging = {
        targetBucket: "logs",
        targetPrefix: "ä/",
        keyFormat: { kind: "partitioned", dateSource: "EventTime" },
      } as const;
      await registry.setLogging(grant, id, logging);
      expect(await registry.find("one")).toMatchObject({
        encryption,
        policy: '{"Id":"sn\u00f6 \\u0000"}',
        website: "<WebsiteConfiguration/>",
        publicAccessBlock: block,
        versioning: "enabled",
        tags,
        abac: true,
        requesterPays: true,
        acl,
        ownership: "ObjectWriter",
        lifecycle: '{"rules":[]}',
        notification: "[]",
        logging,
      });
      await registry.setLogging(grant, id, undefined);
      await registry.setLifecycle(grant, id, undefined);
      await registry.setNotification(grant, id, undefined);
      await registry.setAcl(grant, id, undefined);
      await registry.setTags(grant, id, []);
      await registry.setAbac(grant, id, false);
      await registry.setRequesterPays(grant, id, false);
      expect(await registry.find("one")).toMatchObject({
        tags: [],
        abac: false,
        requesterPays: false,
        lifecycle: undefined,
        notification: undefined,
        logging: undefined,
      });
      await registry.setPolicy(grant, id, undefined);
      await registry.setPublicAccessBlock(grant, id, undefined);
      expect(await registry.find("one")).toMatchObject({
        policy: undefined,
        publicAccessBlock: undefined,
        website: "<WebsiteConfiguration/>",
      });
      await registry.move(grant, id, "active", "deleting");
      await registry.remove(grant, id);
      await active(registry, "one");
      expect(await registry.find("one")).toMatchObject({ policy: undefined, website: undefined, versioning: "off" });
      await expect(registry.setPolicy(grant, "gone", "{}")).rejects.toMatchObject({ kind: "conflict" });
      await expect(registry.setVersioning(grant, "gone", "enabled")).rejects.toMatchObject({ kind: "conflict" });
    });

    test("Object Lock needs versioning, which then stays", async () => {
      const registry = await open();
      const id = await active(registry, "one");
      const defaultRetention = { mode: "COMPLIANCE", unit: "Years", count: 2 } as const;
      const set = (retention?: typeof defaultRetention) =>
        registry.setObjectLock(grant, id, { defaultRetention: retention });
      const conflict = { kind: "conflict" };
      await expect(set()).rejects.toMatchObject(conflict);
      await registry.setVersioning(grant, id, "enabled");
      await set();
      expect(await registry.find("one")).toMatchObject({ objectLock: { defaultRetention: undefined } });
      await set(defaultRetention);
      expect(await registry.find("one")).toMatchObject({ objectLock: { defaultRetention } });
      await expect(registry.setVersioning(grant, id, "suspended")).rejects.toMatchObject(conflict);
      await registry.setVersioning(grant, id, "enabled");
      expect(await registry.find("one")).toMatchObject({ versioning: "enabled" });
      const gone = registry.setObjectLock(grant, "gone", { defaultRetention: undefined });
      await expect(gone).rejects.toMatchObject(conflict);
    });

    test("the public access block of an account is seen with each of its buckets, made before or after", async () => {
      const registry = await open();
      const own = {
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: true,
        restrictPublicBuckets: true,
      };
      const block = { ...own, blockPublicAcls: false, blockPublicPolicy: false };
      const seen = async (name: string) => {
        const found = await registry.find(name);
        return [found?.publicAccessBlock, found?.accountPublicAccessBlock];
      };
      const before = await active(registry, "before");
      await active(registry, "other", bob);
      expect(await registry.accountPublicAccessBlock(grant, ann)).toBeUndefined();
      await registry.setAccountPublicAccessBlock(grant, ann, block);
      await registry.setPublicAccessBlock(grant, before, own);
      await active(registry, "after");
      expect(await registry.accountPublicAccessBlock(grant, ann)).toEqual(block);
      expect(await registry.create(grant, bucket("made"))).toMatchObject({ made: { accountPublicAccessBlock: block } });
      expect(await seen("before")).toEqual([own, block]);
      expect(await seen("after")).toEqual([undefined, block]);
      expect(await seen("other")).toEqual([undefined, undefined]);
      await registry.setAccountPublicAccessBlock(grant, ann, own);
      expect(await seen("after")).toEqual([undefined, own]);
      await registry.setAccountPublicAccessBlock(grant, ann, undefined);
      await registry.setAccountPublicAccessBlock(grant, ann, undefined);
      expect(await registry.accountPublicAccessBlock(grant, ann)).toBeUndefined();
      expect(await seen("before")).toEqual([own, undefined]);
    });

    test("list: one owner's, by prefix, in pages", async () => {
      const registry = await open();
      for (const name of ["b", "a-2", "a-1", "a-3", "c"]) await active(registry, name);
      await active(registry, "a-x", bob);
      await registry.create(grant, bucket("a-9"));
      const names = async (prefix: string, after: string | undefined, limit: number) => {
        const page = await registry.list(grant, ann, { prefix, after, limit, turn: async () => {} });
        return [page.buckets.map((one) => one.name).join(" "), page.next] as const;
      };
      expect(await names("", undefined, 100)).toEqual(["a-1 a-2 a-3 b c", undefined]);
      expect(await names("", undefined, 5)).toEqual(["a-1 a-2 a-3 b c", undefined]);
      const [first, marker] = await names("a-", undefined, 2);
      expect([first, marker]).toEqual(["a-1 a-2", expect.any(String)]);
      expect(await names("a-", marker, 2)).toEqual(["a-3", undefined]);
      expect(await names("", (await names("", undefined, 3))[1], 2)).toEqual(["b c", undefined]);
      expect(await names("zz", undefined, 2)).toEqual(["", undefined]);
      const { buckets } = await registry.list(grant, bob, {
        prefix: "",
        after: undefined,
        limit: 1,
        turn: async () => {},
      });
      expect(buckets).toEqual([{ id: "id-a-x", name: "a-x", region: "us-east-1", createdAt: 1_700_000_000_000 }]);
    });

    test("list: in slices, and it waits before each", async () => {
      const registry = await open();
      for (let n = 0; n < 60; n += 1) await active(registry, `b-${n}`);
      let waiting = 0;
      const turn = async (): Promise<void> => {
        waiting += 1;
      };
      const { buckets } = await registry.list(grant, ann, { prefix: "", after: undefined, limit: 1000, turn });
      expect(buckets).toHaveLength(60);
      expect(waiting).toBeGreaterThan(0);
    });

    test("names that no bucket can have find nothing", async () => {
      const registry = await open();
      for (const name of ["", "\0", "a\0", "\ud800", "'", "%"]) expect(await registry.find(name)).toBeUndefined();
    });

    test("repair finishes what a crash left: creating goes, deleting goes when empty, else is active again", async () => {
      const registry = await open();
      await registry.create(grant, { ...bucket("half-made"), place: "ceph/half-made" });
      for (const name of ["empty", "full", "fine"]) await active(registry, name);
      for (const name of ["empty", "full"]) await registry.move(grant, `id-${name}`, "active", "deleting");
      const settled: string[] = [];
      await repairBuckets(registry, {
        settleBucket: async (place) => {
          settled.push(place);
          return place === "id-empty";
        },
      });
      // No engine is asked.
      expect(settled.toSorted()).toEqual(["id-empty", "id-full"]);
      expect(await registry.find("empty")).toBeUndefined();
      expect(await registry.find("full")).toMatchObject({ state: "active" });
      expect(await registry.find("fine")).toMatchObject({ state: "active" });
      expect(await registry.create(grant, bucket("half-made", bob, "other"))).toMatchObject({ made: { owner: bob } });
    });

    test("a bucket that is creating is given up, and one in another state is not", async () => {
      const registry = await open();
      await registry.create(grant, { ...bucket("half-made"), place: "ceph/half-made" });
      await registry.giveUp(grant, "id-half-made");
      expect(await registry.findAny("half-made")).toBeUndefined();
      expect(await registry.unsettled()).toEqual([]);
      const id = await active(registry, "one");
      await registry.giveUp(grant, id);
      await registry.move(grant, id, "active", "deleting");
      await registry.giveUp(grant, id);
      expect(await registry.find("one")).toMatchObject({ state: "deleting" });
    });

    test("of many who move one bucket at once, one succeeds", async () => {
      const registry = await open();
      const id = await active(registry, "one");
      const moved = await Promise.all(Array.from({ length: 10 }, () => registry.move(grant, id, "active", "deleting")));
      expect(moved.filter((done) => done)).toHaveLength(1);
      const ends = await Promise.all([registry.move(grant, id, "deleting", "active"), registry.remove(grant, id)]);
      const left = await registry.find("one");
      expect(left?.state).toBe(ends[0] ? "active" : undefined);
    });

    test("the documents of a bucket that is gone are gone, whoever writes at the same time", async () => {
      const registry = await open();
      const id = await active(registry, "one");
      await registry.move(grant, id, "active", "deleting");
      const writes = [
        registry.setPolicy(grant, id, "{}"),
        registry.remove(grant, id),
        registry.setCors(grant, id, "[]"),
      ];
      await Promise.allSettled(writes);
      expect(await registry.find("one")).toBeUndefined();
      await registry.create(grant, bucket("one", ann, "id-next"));
      await registry.move(grant, "id-next", "creating", "active");
      expect(await registry.find("one")).toMatchObject({ id: "id-next", policy: undefined, cors: undefined });
    });
  });
}
