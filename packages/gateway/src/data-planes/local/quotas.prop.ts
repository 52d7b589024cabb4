import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditIndex } from "../../../test/audit-local-plane.ts";
import { grant, itemsOf, listAll, noMetadata, startUpload, target } from "../../../test/contract/plane-under-test.ts";
import { bodyOf, testBody } from "../../../test/test-body.ts";
import { randomIds } from "../../server/random-ids.ts";
import { systemClock } from "../../server/system-clock.ts";
import type { WriteRefusal } from "../../ports/object-write.ts";
import type { StorageLimits, StorageUsage } from "../../ports/quotas.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";

/** What is counted is what is there, whatever is done; and nothing that is added, alone or beside others, passes a limit. */

const runs = Number(process.env["TEST_RUNS"] ?? 40);
let dataDir = "";
let plane: LocalPlane;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "gateway-quotas-"));
  plane = await openLocalPlane({ dataDir, clock: systemClock, ids: randomIds, garbageDelay: 0 });
});
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

const none: StorageLimits = { maxBytes: undefined, maxObjects: undefined };
const limits = fc.record({
  maxBytes: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  maxObjects: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
});
const place = {
  bucket: fc.nat(1),
  key: fc.constantFrom("a", "b", "c"),
  versioning: fc.constantFrom("off" as const, "off" as const, "enabled" as const, "suspended" as const),
};
const size = fc.integer({ min: 0, max: 30 });
const write = fc.oneof(
  fc.record({ do: fc.constant("put" as const), ...place, size }),
  fc.record({ do: fc.constant("form" as const), ...place, size }),
  fc.record({ do: fc.constant("copy" as const), ...place }),
  fc.record({ do: fc.constant("part" as const), ...place, size, number: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ do: fc.constant("complete" as const), ...place }),
);
const step = fc.oneof(
  { weight: 6, arbitrary: write },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), ...place, isNamed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("limit" as const), ...place, limits, isAccount: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly account: string;
  readonly buckets: readonly [string, string];
}

async function makeWorld(): Promise<World> {
  const world = { account: randomIds.bucketId(), buckets: [randomIds.bucketId(), randomIds.bucketId()] } as const;
  // The second has something before anybody says whose it is, as in an index of an earlier version.
  await plane.openBucket(grant, world.buckets[0], world.account);
  await plane.put(grant, target(world.buckets[1], "a"), noMetadata, testBody("before"));
  await plane.knowOwners(world.buckets.map((bucketId) => ({ bucketId, account: world.account })));
  return world;
}

const uploadOf = async (bucketId: string, key: string) =>
  itemsOf(await plane.listUploads(grant, bucketId, listAll)).find((upload) => upload.key === key);

/** Counted by listing it. */
async function held(bucketId: string): Promise<StorageUsage> {
  const versions = itemsOf(await plane.listVersions(grant, bucketId, listAll));
  const sizes = versions.flatMap((version) => (version.kind === "object" ? [version.size] : []));
  const parts: number[] = [];
  for (const { key, uploadId } of itemsOf(await plane.listUploads(grant, bucketId, listAll)))
    for (const part of await plane.listParts(grant, { bucketId, key, uploadId }, 0, 10)) parts.push(part.size);
  return { bytes: [...sizes, ...parts].reduce((sum, one) => sum + one, 0), objects: sizes.length };
}

interface Outcome extends Pick<WriteRefusal, "excess"> {
  readonly kind: string;
}

async function perform({ account, buckets }: World, asked: Step): Promise<Outcome> {
  const bucketId = buckets[asked.bucket] ?? "";
  const where = target(bucketId, asked.key, asked.versioning);
  switch (asked.do) {
    case "put":
      return plane.put(grant, where, noMetadata, testBody(Buffer.alloc(asked.size)));
    case "form": {
      const bytes = (async function* () {
        yield Buffer.alloc(asked.size);
      })();
      return plane.put(grant, where, noMetadata, { ...bodyOf(bytes, 1024 * 1024), isAtMost: true });
    }
    case "copy": {
      const version = await plane.find(grant, buckets[0], asked.key, undefined);
      if (version?.kind !== "object") return { kind: "nothing" };
      return plane.copy(grant, { bucketId: buckets[0], version }, where, noMetadata);
    }
    case "part": {
      const begun = await uploadOf(bucketId, asked.key);
      const upload = begun ?? (await startUpload({ plane, bucketId }, { key: asked.key }).catch(() => undefined));
      if (upload === undefined) return { kind: "nothing" };
      return plane.putPart(grant, bucketId, upload, asked.number, testBody(Buffer.alloc(asked.size)));
    }
    case "complete": {
      const upload = await uploadOf(bucketId, asked.key);
      if (upload === undefined) return { kind: "nothing" };
      const parts = await plane.listParts(grant, { bucketId, ...upload }, 0, 10);
      return plane.completeUpload(
        grant,
        where,
        upload.uploadId,
        parts.slice(0, 1).map(({ number, etag }) => ({ number, etag })),
      );
    }
    case "abort": {
      const upload = await uploadOf(bucketId, asked.key);
      if (upload !== undefined) await plane.abortUpload(grant, bucketId, asked.key, upload.uploadId);
      return { kind: "less" };
    }
    case "delete": {
      const found = await plane.find(grant, bucketId, asked.key, undefined);
      const { condition: _, ...rest } = where;
      const deleted = await plane.delete(grant, { ...rest, versionId: asked.isNamed ? found?.versionId : undefined });
      expect(deleted.kind).toBe("deleted");
      return { kind: "less" };
    }
    case "limit":
      if (asked.isAccount) await plane.setAccountLimits(grant, account, asked.limits);
      else await plane.setBucketLimits(grant, bucketId, asked.limits);
      return { kind: "limited" };
  }
}

const sum = (all: readonly StorageUsage[]): StorageUsage => ({
  bytes: all.reduce((total, { bytes }) => total + bytes, 0),
  objects: all.reduce((total, { objects }) => total + objects, 0),
});

/** Counted by listing, which has to be what the index has counted: each bucket, and the account. */
async function usageOf({ account, buckets }: World): Promise<readonly StorageUsage[]> {
  const counted = await Promise.all(buckets.map(held));
  const known = await Promise.all(buckets.map(async (id) => (await plane.bucketQuota(grant, id))?.usage));
  const together = sum(counted);
  expect([...known, (await plane.accountQuota(grant, account)).usage]).toEqual([...counted, together]);
  return [...counted, together];
}

async function limitsOf({ account, buckets }: World): Promise<readonly StorageLimits[]> {
  const own = await Promise.all(buckets.map(async (id) => (await plane.bucketQuota(grant, id))?.limits ?? none));
  return [...own, (await plane.accountQuota(grant, account)).limits];
}

const isWithin = ({ maxBytes = Infinity, maxObjects = Infinity }: StorageLimits, used?: StorageUsage) =>
  used !== undefined && used.bytes <= maxBytes && used.objects <= maxObjects;

test("what grows stays within every limit, what does not grow is not refused, and a refusal changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const world = await makeWorld();
      for (const asked of steps) {
        const before = await usageOf(world);
        const outcome = await perform(world, asked);
        const after = await usageOf(world);
        if (outcome.kind === "quota-exceeded") {
          const { excess } = outcome;
          if (excess === undefined) throw new Error("refused without a reason");
          expect(after).toEqual(before);
          expect(excess.asked).toBeGreaterThan(0);
          expect(excess.used + excess.asked).toBeGreaterThan(excess.limit);
          expect(before[excess.scope === "account" ? 2 : asked.bucket]?.[excess.unit]).toBe(excess.used);
        } else if (outcome.kind === "written" || outcome.kind === "part") {
          for (const [index, limit] of (await limitsOf(world)).entries()) {
            const [was, is] = [before[index], after[index]];
            const grew = {
              bytes: (is?.bytes ?? 0) - (was?.bytes ?? 0),
              objects: (is?.objects ?? 0) - (was?.objects ?? 0),
            };
            if (grew.bytes > 0) expect(is?.bytes).toBeLessThanOrEqual(limit.maxBytes ?? Infinity);
            if (grew.objects > 0) expect(is?.objects).toBeLessThanOrEqual(limit.maxObjects ?? Infinity);
          }
        }
      }
    }),
    { numRuns: runs },
  );
}, 120_000);

test("writes that run at once do not pass a limit together", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 8, maxLength: 24 }), limits, limits, async (writes, own, all) => {
      const world = await makeWorld();
      await plane.delete(grant, { ...target(world.buckets[1], "a"), versionId: undefined });
      await plane.setBucketLimits(grant, world.buckets[0], own);
      await plane.setAccountLimits(grant, world.account, all);
      const outcomes = await Promise.all(writes.map((one) => perform(world, one)));
      const usage = await usageOf(world);
      for (const [index, limit] of (await limitsOf(world)).entries()) expect(isWithin(limit, usage[index])).toBe(true);
      const free = sum(usage);
      if (
        own.maxBytes === undefined &&
        own.maxObjects === undefined &&
        isWithin(all, { bytes: 24 * 30 + free.bytes, objects: 24 })
      )
        expect(outcomes.map(({ kind }) => kind)).not.toContain("quota-exceeded");
    }),
    { numRuns: runs },
  );
}, 120_000);

test("a long body is refused before it is read, unless what it takes the place of makes room", async () => {
  const { buckets } = await makeWorld();
  const size = 200_000;
  let isRead = false;
  const put = (key: string) => {
    const bytes = (async function* () {
      isRead = true;
      yield Buffer.alloc(size);
    })();
    return plane.put(grant, target(buckets[0], key), noMetadata, bodyOf(bytes, size));
  };
  await plane.setBucketLimits(grant, buckets[0], { maxBytes: size + 1, maxObjects: undefined });
  expect((await put("a")).kind).toBe("written");
  expect((await put("a")).kind).toBe("written");
  isRead = false;
  expect((await put("b")).kind).toBe("quota-exceeded");
  expect(isRead).toBe(false);
});

test("closed buckets are counted no longer, and the index is as it says", async () => {
  const world = await makeWorld();
  const [first, second] = world.buckets;
  await startUpload({ plane, bucketId: first });
  expect(await plane.closeBucket(grant, first)).toBe(true);
  expect(await plane.bucketQuota(grant, first)).toBeUndefined();
  expect(await plane.setBucketLimits(grant, first, none)).toBe(false);
  await plane.openBucket(grant, first, world.account);
  expect(await plane.bucketQuota(grant, first)).toBeUndefined();
  expect((await plane.bucketQuota(grant, second))?.usage).toEqual({ bytes: 6, objects: 1 });
  await plane.sweep();
  await plane.close();
  await auditIndex(dataDir);
});
