import { describe, expect, test } from "vitest";
import type { ObjectMetadata, ObjectVersion } from "../../src/ports/object-version.ts";
import type { DeleteTarget, MetadataChange } from "../../src/ports/object-write.ts";
import type { Versioning } from "../../src/ports/bucket-registry.ts";
import type { ObjectLock, RetentionMode } from "../../src/ports/object-lock.ts";
import { testBody } from "../test-body.ts";
import {
  type Lacks,
  type Open,
  type OpenPlane,
  grant,
  load,
  metadata,
  startUpload,
  target,
} from "./plane-under-test.ts";

/** Far behind and far before the clock of every plane under test. */
const [past, future, later] = [Date.UTC(2001), Date.UTC(2901), Date.UTC(2902)];

const retained = (mode: RetentionMode, until = future): ObjectLock => ({ retention: { mode, until } });

async function put(
  { plane, bucketId }: OpenPlane,
  lock: ObjectLock | undefined,
  versioning: Versioning = "enabled",
): Promise<ObjectVersion> {
  const kept: ObjectMetadata = lock === undefined ? metadata : { ...metadata, lock };
  const written = await plane.put(grant, target(bucketId, "k", versioning), kept, testBody("kept"));
  if (written.kind !== "written") throw new Error(written.kind);
  expect(written.version.metadata).toEqual(kept);
  return written.version;
}

async function remove(
  { plane, bucketId }: OpenPlane,
  versionId: string | undefined,
  bypassesGovernance = false,
  versioning: Versioning = "enabled",
): Promise<string> {
  const { condition: _, ...place } = target(bucketId, "k", versioning);
  return (await plane.delete(grant, { ...place, versionId, bypassesGovernance })).kind;
}

const lockOf = async ({ plane, bucketId }: OpenPlane, versionId?: string) => {
  const found = await plane.find(grant, bucketId, "k", versionId);
  return found?.kind === "object" ? found.metadata.lock : found?.kind;
};

export function locksContract(open: Open, lacks: Lacks): void {
  describe.skipIf(lacks.locks !== undefined)("Object Lock, and what lifecycles delete", () => {
    test("a version is not deleted while a retention or a legal hold keeps it", async () => {
      const at = await open();
      const cases: readonly (readonly [ObjectLock | undefined, plain: string, bypassing: string])[] = [
        [undefined, "deleted", "deleted"],
        [retained("GOVERNANCE"), "locked", "deleted"],
        [retained("COMPLIANCE"), "locked", "locked"],
        [retained("COMPLIANCE", past), "deleted", "deleted"],
        [{ legalHold: true }, "locked", "locked"],
        [{ legalHold: false }, "deleted", "deleted"],
        [{ legalHold: true, ...retained("GOVERNANCE", past) }, "locked", "locked"],
      ];
      for (const [lock, plain, bypassing] of cases)
        for (const [bypasses, outcome] of [
          [false, plain],
          [true, bypassing],
        ] as const) {
          const { versionId } = await put(at, lock);
          expect(await lockOf(at, versionId)).toEqual(lock);
          expect(await remove(at, versionId, bypasses)).toBe(outcome);
          expect(await load(at, "k", versionId)).toBe(outcome === "locked" ? "kept" : undefined);
        }
    });

    test("what is deleted without its id stays under a delete marker, which nothing keeps", async () => {
      const at = await open();
      const { versionId } = await put(at, retained("COMPLIANCE"));
      expect(await remove(at, undefined)).toBe("deleted");
      expect(await lockOf(at)).toBe("delete-marker");
      const marker = await at.plane.find(grant, at.bucketId, "k", undefined);
      expect(await remove(at, marker?.versionId)).toBe("deleted");
      expect(await load(at, "k")).toBe("kept");
      expect(await lockOf(at, versionId)).toEqual(retained("COMPLIANCE"));
      expect(await at.plane.closeBucket(grant, at.bucketId)).toBe(false);
    });

    test("the null version is not replaced, whatever versioning the writer believes in", async () => {
      const at = await open();
      const { plane, bucketId } = at;
      const { content } = await put(at, retained("GOVERNANCE"), "off");
      for (const versioning of ["off", "suspended"] as const) {
        const there = target(bucketId, "k", versioning);
        expect(await plane.put(grant, there, metadata, testBody("other"))).toEqual({ kind: "locked" });
        const version = await plane.find(grant, bucketId, "k", "null");
        if (version?.kind !== "object") throw new Error("the version is gone");
        expect(await plane.copy(grant, { bucketId, version }, there, metadata)).toEqual({ kind: "locked" });
        const { uploadId } = await startUpload(at);
        const upload = await plane.findUpload(grant, bucketId, "k", uploadId);
        const part = upload && (await plane.putPart(grant, bucketId, upload, 1, testBody("other")));
        if (part?.kind !== "part") throw new Error("no part");
        expect(await plane.completeUpload(grant, there, uploadId, [{ number: 1, etag: part.part.etag }])).toEqual({
          kind: "locked",
        });
        expect(await plane.abortUpload(grant, bucketId, "k", uploadId)).toBe(true);
        expect(await remove(at, undefined, true, versioning)).toBe("locked");
        // A newer version in between changes nothing.
        await put(at, undefined, "enabled");
        expect(await plane.put(grant, there, metadata, testBody("other"))).toEqual({ kind: "locked" });
      }
      expect(await plane.find(grant, bucketId, "k", "null")).toMatchObject({ content });
      expect(await load(at, "k", "null")).toBe("kept");
    });

    test("a retention that binds is only extended, but for who may bypass governance; a legal hold goes on and off", async () => {
      const at = await open();
      const { plane, bucketId } = at;
      const version = await put(at, undefined);
      const change = async (asked: MetadataChange) => (await plane.change(grant, bucketId, version, asked, false)).kind;
      const retain = (mode: RetentionMode, until: number, bypassesGovernance = false) =>
        change({ retention: { mode, until }, bypassesGovernance });
      const release = (bypassesGovernance: boolean) => change({ retention: undefined, bypassesGovernance });
      expect(await change({ legalHold: true })).toBe("changed");
      expect(await retain("GOVERNANCE", past)).toBe("changed");
      expect(await release(false)).toBe("changed");
      expect(await retain("GOVERNANCE", later)).toBe("changed");
      expect(await retain("GOVERNANCE", future)).toBe("locked");
      expect(await retain("COMPLIANCE", later)).toBe("locked");
      expect(await release(false)).toBe("locked");
      expect(await release(true)).toBe("changed");
      expect(await lockOf(at)).toEqual({ legalHold: true });
      expect(await retain("GOVERNANCE", later)).toBe("changed");
      expect(await retain("COMPLIANCE", future, true)).toBe("changed");
      expect(await retain("COMPLIANCE", later)).toBe("changed");
      for (const refused of [retain("COMPLIANCE", future, true), retain("GOVERNANCE", later, true), release(true)])
        expect(await refused).toBe("locked");
      expect(await change({ legalHold: false })).toBe("changed");
      const kept = { ...retained("COMPLIANCE", later), legalHold: false };
      expect(await lockOf(at)).toEqual(kept);
      expect(await change({ tags: [{ key: "a", value: "b" }] })).toBe("changed");
      expect(await lockOf(at)).toEqual(kept);
    });

    test("a deletion of one very version leaves what has taken its place", async () => {
      const at = await open();
      const { plane, bucketId } = at;
      const refused = { kind: "precondition-failed" };
      const drop = (versioning: Versioning, versionId: string | undefined, only: DeleteTarget["only"]) => {
        const { condition: _, ...place } = target(bucketId, "k", versioning);
        return plane.delete(grant, { ...place, versionId, ...(only === undefined ? {} : { only }) });
      };
      const first = await put(at, undefined, "off");
      const second = await put(at, undefined, "off");
      expect(await drop("off", undefined, { content: first.content })).toEqual(refused);
      expect(await drop("off", "null", { content: first.content })).toEqual(refused);
      expect(await drop("off", "null", { markedAt: second.lastModified })).toEqual(refused);
      expect(await load(at, "k")).toBe("kept");
      expect(await drop("off", undefined, { content: second.content })).toMatchObject({ kind: "deleted" });
      expect(await drop("off", undefined, { content: second.content })).toEqual(refused);
      const under = await put(at, undefined, "enabled");
      await remove(at, undefined);
      const marker = await plane.find(grant, bucketId, "k", undefined);
      if (marker?.kind !== "delete-marker") throw new Error("no marker");
      expect(await drop("enabled", marker.versionId, { markedAt: marker.lastModified + 1 })).toEqual(refused);
      const markedAt = marker.lastModified;
      expect(await drop("enabled", marker.versionId, { markedAt, isCurrent: false })).toEqual(refused);
      expect(await drop("enabled", under.versionId, { content: under.content, isCurrent: true })).toEqual(refused);
      expect(await drop("enabled", marker.versionId, { markedAt, isCurrent: true })).toMatchObject({ kind: "deleted" });
      expect(await load(at, "k")).toBe("kept");
    });

    test("a copy has the lock that it was made with, never that of its source", async () => {
      const at = await open();
      const { plane, bucketId, otherBucketId } = at;
      const version = await put(at, retained("COMPLIANCE"));
      const [plain, locked] = ["plain", "locked"].map((key) => target(otherBucketId, key, "enabled"));
      if (plain === undefined || locked === undefined) throw new Error("no target");
      await plane.copy(grant, { bucketId, version }, plain, metadata);
      await plane.copy(grant, { bucketId, version }, locked, { ...metadata, lock: { legalHold: true } });
      const found = async (key: string) => plane.find(grant, otherBucketId, key, undefined);
      expect(await found("plain")).toMatchObject({ metadata });
      expect(await found("plain")).not.toHaveProperty("metadata.lock");
      expect(await found("locked")).toMatchObject({ metadata: { lock: { legalHold: true } } });
    });

    test("an upload keeps the lock that it began with, and gets the default retention otherwise", async () => {
      const at = await open();
      const { plane, bucketId } = at;
      const byDefault = { mode: "GOVERNANCE", until: later } as const;
      const cases: readonly (readonly [began: ObjectLock | undefined, ends: ObjectLock])[] = [
        [undefined, { retention: byDefault }],
        [{ legalHold: true }, { legalHold: true, retention: byDefault }],
        [retained("COMPLIANCE"), retained("COMPLIANCE")],
      ];
      for (const [lock, ends] of cases) {
        const kept = lock === undefined ? metadata : { ...metadata, lock };
        const { uploadId } = await startUpload(at, { metadata: kept });
        const upload = await plane.findUpload(grant, bucketId, "k", uploadId);
        expect(upload?.metadata).toEqual(kept);
        const part = upload && (await plane.putPart(grant, bucketId, upload, 1, testBody("kept")));
        if (part?.kind !== "part") throw new Error("no part");
        const there = { ...target(bucketId, "k", "enabled"), defaultRetention: byDefault };
        const done = await plane.completeUpload(grant, there, uploadId, [{ number: 1, etag: part.part.etag }]);
        if (done.kind !== "written") throw new Error(done.kind);
        expect(done.version.metadata.lock).toEqual(ends);
        expect(await remove(at, done.version.versionId)).toBe("locked");
      }
    });
  });
}
