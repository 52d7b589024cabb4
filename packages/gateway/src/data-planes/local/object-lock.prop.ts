import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, grant, listAll, itemsOf, noMetadata, target } from "../../../test/contract/plane-under-test.ts";
import { testBody } from "../../../test/test-body.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { MetadataChange } from "../../ports/object-write.ts";
import { type ObjectLock, retentionModes } from "../../ports/object-lock.ts";
import { randomIds } from "../../server/random-ids.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";

/** No locked version disappears before its time, whatever is asked and in which order, and nobody weakens its lock who may not. */

const runs = Number(process.env["TEST_RUNS"] ?? 60);
const hour = 3_600_000;

let time = 1_700_000_000_000;
const clock = { now: () => time, monotonic: () => time };
let dataDir = "";
let plane: LocalPlane;
const openPlane = () => openLocalPlane({ dataDir, clock, ids: randomIds, garbageDelay: 0 });
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "gateway-lock-"));
  plane = await openPlane();
});
afterAll(async () => {
  await plane.close();
  await rm(dataDir, { recursive: true, force: true });
});

const key = fc.constantFrom("a", "b");
const versioning = fc.constantFrom("enabled" as const, "enabled" as const, "suspended" as const, "off" as const);
const hours = fc.integer({ min: -2, max: 6 });
const retention = fc.record({ mode: fc.constantFrom(...retentionModes), hours });
const lock = fc.record({ retention: fc.option(retention), legalHold: fc.option(fc.boolean()) });
const which = fc.nat(5);
const bypasses = fc.boolean();
const step = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key, versioning, lock }),
  fc.record({ do: fc.constant("upload" as const), key, versioning, lock, byDefault: fc.option(retention) }),
  fc.record({ do: fc.constant("copy" as const), key, versioning, lock, which }),
  fc.record({ do: fc.constant("delete" as const), key, versioning, bypasses, which: fc.option(which) }),
  fc.record({ do: fc.constant("retain" as const), key, which, retention: fc.option(retention), bypasses }),
  fc.record({ do: fc.constant("hold" as const), key, which, legalHold: fc.boolean() }),
  fc.record({ do: fc.constant("clock" as const), hours: fc.integer({ min: -4, max: 4 }) }),
  fc.record({ do: fc.constant("close" as const) }),
  fc.record({ do: fc.constant("sweep" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Lock = typeof lock extends fc.Arbitrary<infer T> ? T : never;

const retentionOf = (asked: { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly hours: number }) => ({
  mode: asked.mode,
  until: time + asked.hours * hour,
});
const metadataOf = ({ retention: retained, legalHold }: Lock) => ({
  ...noMetadata,
  lock: {
    ...(retained === null ? {} : { retention: retentionOf(retained) }),
    ...(legalHold === null ? {} : { legalHold }),
  },
});

interface Kept {
  readonly version: ObjectVersion;
  readonly bytes: string;
}

/** Objects with their bytes, by key and content. */
async function held(bucketId: string): Promise<ReadonlyMap<string, Kept>> {
  const all = new Map<string, Kept>();
  for (const listed of itemsOf(await plane.listVersions(grant, bucketId, listAll))) {
    const version = await plane.find(grant, bucketId, listed.key, listed.versionId);
    if (version?.kind !== "object") continue;
    const bytes = String(await bytesOf(await plane.read(grant, bucketId, version, undefined)));
    all.set(`${version.key} ${version.content}`, { version, bytes });
  }
  return all;
}

let made = 0;

/** Gives the version that the step is about, when it names one, and whether it may lift governance. */
async function perform(
  bucketId: string,
  asked: Step,
): Promise<{ readonly version?: string; readonly lifts?: boolean }> {
  const objects = [...(await held(bucketId)).entries()];
  const pick = (name: string, at: number) => {
    const own = objects.filter(([, { version }]) => version.key === name);
    return own[at % Math.max(1, own.length)];
  };
  const body = () => testBody(`body ${(made += 1)}`);
  switch (asked.do) {
    case "put":
      await plane.put(grant, target(bucketId, asked.key, asked.versioning), metadataOf(asked.lock), body());
      return {};
    case "upload": {
      const [arn, owner] = ["arn:aws:iam::111122223333:user/ann", "111122223333"];
      const begun = { key: asked.key, initiator: arn, owner, metadata: metadataOf(asked.lock), checksum: undefined };
      const created = await plane.createUpload(grant, bucketId, begun);
      if (created.kind !== "created") return {};
      const { upload } = created;
      const sent = await plane.putPart(grant, bucketId, upload, 1, body());
      if (sent.kind !== "part") throw new Error(sent.kind);
      const place = {
        ...target(bucketId, asked.key, asked.versioning),
        ...(asked.byDefault === null ? {} : { defaultRetention: retentionOf(asked.byDefault) }),
      };
      await plane.completeUpload(grant, place, upload.uploadId, [{ number: 1, etag: sent.part.etag }]);
      return {};
    }
    case "copy": {
      const [, source] = pick(asked.key, asked.which) ?? [];
      if (source === undefined) return {};
      const place = target(bucketId, asked.key, asked.versioning);
      await plane.copy(grant, { bucketId, version: source.version }, place, metadataOf(asked.lock));
      return {};
    }
    case "delete": {
      const [id, named] = asked.which === null ? [] : (pick(asked.key, asked.which) ?? []);
      const { condition: _, ...place } = target(bucketId, asked.key, asked.versioning);
      const versionId = named?.version.versionId;
      await plane.delete(grant, { ...place, versionId, bypassesGovernance: asked.bypasses });
      return id === undefined ? {} : { version: id, lifts: asked.bypasses };
    }
    case "retain":
    case "hold": {
      const [id, named] = pick(asked.key, asked.which) ?? [];
      if (id === undefined || named === undefined) return {};
      const change: MetadataChange =
        asked.do === "hold"
          ? { legalHold: asked.legalHold }
          : {
              retention: asked.retention === null ? undefined : retentionOf(asked.retention),
              bypassesGovernance: asked.bypasses,
            };
      await plane.change(grant, bucketId, named.version, change, false);
      return { version: id, lifts: asked.do === "retain" && asked.bypasses };
    }
    case "clock":
      time += asked.hours * hour;
      return {};
    case "close":
      await plane.closeBucket(grant, bucketId);
      return {};
    case "sweep":
      await plane.sweep();
      return {};
  }
}

/** Until when a lock keeps a version; with governance lifted only what nobody lifts counts. */
function keptUntil({ retention: retained, legalHold }: ObjectLock, isLifted: boolean): number {
  if (legalHold === true) return Number.POSITIVE_INFINITY;
  return retained === undefined || (isLifted && retained.mode === "GOVERNANCE") ? 0 : retained.until;
}

test("no sequence of steps takes a locked version away or weakens its lock, and a restart loses none", async () => {
  const buckets: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const bucketId = randomIds.bucketId();
      buckets.push(bucketId);
      for (const asked of steps) {
        const before = await held(bucketId);
        const now = time;
        const { version, lifts = false } = await perform(bucketId, asked);
        const after = await held(bucketId);
        for (const [id, kept] of before) {
          const isLifted = id === version && lifts;
          const lockBefore = kept.version.metadata.lock ?? {};
          if (keptUntil(lockBefore, isLifted) <= now) continue;
          const there = after.get(id);
          expect(there?.bytes).toBe(kept.bytes);
          const { retention: was, legalHold } = lockBefore;
          const { retention: is, legalHold: holds } = there?.version.metadata.lock ?? {};
          if (asked.do !== "hold" || id !== version) expect(holds).toBe(legalHold);
          if (was === undefined || keptUntil({ retention: was }, isLifted) <= now) continue;
          expect(is?.mode).toBe(was.mode);
          expect(is?.until).toBeGreaterThanOrEqual(was.until);
        }
      }
    }),
    { numRuns: runs },
  );
  const last = buckets.slice(-20);
  const before = await Promise.all(last.map(held));
  await plane.close();
  time -= hour;
  plane = await openPlane();
  await plane.sweep();
  const seen = (all: ReadonlyMap<string, Kept>) =>
    [...all].map(([id, { version, bytes }]) => [id, version.versionId, version.metadata.lock, bytes]);
  expect((await Promise.all(last.map(held))).map(seen)).toEqual(before.map(seen));
}, 120_000);
