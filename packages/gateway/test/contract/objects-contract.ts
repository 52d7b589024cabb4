import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { faultyBody, testBody } from "../test-body.ts";
import {
  type Open,
  grant,
  keys,
  load,
  md5,
  mebibyte,
  metadata,
  bytesOf,
  remove,
  store,
  target,
  startUpload,
  versions,
} from "./plane-under-test.ts";

export function objectsContract(open: Open): void {
  describe("objects", () => {
    test.each([0, 1, 16 * 1024, 16 * 1024 + 1, 3 * mebibyte + 17])("%i bytes come back as put", async (size) => {
      const at = await open();
      const bytes = randomBytes(size);
      const version = await store(at, "k", bytes);
      expect(version).toMatchObject({
        kind: "object",
        key: "k",
        versionId: "null",
        size,
        etag: md5(bytes),
        isLatest: true,
        metadata,
      });
      expect(version.checksum).toEqual({
        algorithm: "SHA256",
        type: "FULL_OBJECT",
        value: createHash("sha256").update(bytes).digest("base64"),
      });
      expect(await at.plane.find(grant, at.bucketId, "k", undefined)).toEqual({
        ...version,
        // An engine reports when it stored the object, and a write learns only when it was answered.
        lastModified: expect.any(Number),
        checksum: at.lacks.checksums === undefined ? version.checksum : undefined,
      });
      expect((await bytesOf(await at.plane.read(grant, at.bucketId, version, undefined))).equals(bytes)).toBe(true);
    });

    test("ranges, at the edges too", async () => {
      const at = await open();
      for (const bytes of [randomBytes(1000), randomBytes(600_000)]) {
        const version = await store(at, "k", bytes);
        for (const [first, last] of [
          [0, 0],
          [0, bytes.length - 1],
          [bytes.length - 1, bytes.length - 1],
          [17, 500],
        ] as const) {
          const read = await bytesOf(await at.plane.read(grant, at.bucketId, version, { first, last }));
          expect(read.equals(bytes.subarray(first, last + 1)), `${first}-${last}`).toBe(true);
        }
      }
    });

    test.each([
      "a/../../b",
      "..",
      "/",
      "//",
      "\0",
      "a\0b",
      ".",
      "%2e%2e/x",
      "\u{1f600}\ufffd",
      " ",
      "a\nb",
      "x".repeat(1024),
    ])("the key %j is only a key", async (key) => {
      const at = await open();
      if (at.lacks.nul !== undefined && key.includes("\0")) {
        await expect(store(at, key, "x")).rejects.toMatchObject({ name: "Unsupported" });
        return;
      }
      await store(at, key, randomBytes(20_000));
      expect(await keys(at)).toEqual([key]);
      expect((await at.plane.find(grant, at.bucketId, key, undefined))?.key).toBe(key);
      expect(await load(at, `${key}x`)).toBeUndefined();
    });

    test.each([100, 2 * mebibyte])("a body that does not verify stores nothing (%i bytes)", async (size) => {
      const at = await open();
      await store(at, "k", "before");
      const fault = new Error("the digest does not fit");
      const put = at.plane.put(grant, target(at.bucketId, "k"), metadata, faultyBody(randomBytes(size), size, fault));
      await expect(put).rejects.toBe(fault);
      expect(await load(at, "k")).toBe("before");
    });

    test("buckets do not see each other", async () => {
      const at = await open();
      const other = { ...at, bucketId: at.otherBucketId };
      await store(at, "k", "mine");
      expect(await other.plane.find(grant, other.bucketId, "k", undefined)).toBeUndefined();
      expect(await keys(other)).toEqual([]);
      expect(await versions(other)).toEqual([]);
      await remove(other, "k", "off");
      expect(await other.plane.closeBucket(grant, other.bucketId)).toBe(true);
      expect(await load(at, "k")).toBe("mine");
    });

    test("the same key in two buckets is two objects; an upload belongs to its bucket", async () => {
      const at = await open();
      const other = { ...at, bucketId: at.otherBucketId };
      await store(at, "k", "one");
      await store(other, "k", "two");
      expect([await load(at, "k"), await load(other, "k")]).toEqual(["one", "two"]);
      const upload = await startUpload(at);
      const { uploadId } = upload;
      await at.plane.putPart(grant, at.bucketId, upload, 1, testBody("part"));
      const named = [{ number: 1, etag: md5("part") }];
      expect(await at.plane.findUpload(grant, other.bucketId, "k", uploadId)).toBeUndefined();
      expect(await at.plane.listParts(grant, { ...upload, bucketId: other.bucketId }, 0, 10)).toEqual([]);
      expect((await at.plane.putPart(grant, other.bucketId, upload, 1, testBody("x"))).kind).toBe("no-such-upload");
      expect((await at.plane.completeUpload(grant, target(other.bucketId, "k"), uploadId, named)).kind).toBe(
        "no-such-upload",
      );
      expect(await at.plane.abortUpload(grant, other.bucketId, "k", uploadId)).toBe(false);
      expect((await at.plane.completeUpload(grant, target(at.bucketId, "k"), uploadId, named)).kind).toBe("written");
      expect([await load(at, "k"), await load(other, "k")]).toEqual(["part", "two"]);
    });

    test("ids that a client made up find nothing", async () => {
      const at = await open();
      await store(at, "k", "x");
      for (const id of ["", "nope", "\0", "a\0b", "\ud800", "'; --", "x".repeat(5000)]) {
        expect(await at.plane.find(grant, at.bucketId, "k", id), JSON.stringify(id)).toBeUndefined();
        expect(await at.plane.findUpload(grant, at.bucketId, "k", id)).toBeUndefined();
        expect(await at.plane.listParts(grant, { bucketId: at.bucketId, key: "k", uploadId: id }, 0, 10)).toEqual([]);
        expect(await at.plane.abortUpload(grant, at.bucketId, "k", id)).toBe(false);
        expect(await remove(at, "k", "off", id)).toEqual({ kind: "deleted", versionId: id, deleteMarker: false });
      }
      expect(await load(at, "k")).toBe("x");
    });

    test("a reader that has begun, or is about to, is not cut by a delete", async () => {
      const at = await open();
      const bytes = randomBytes(2 * mebibyte);
      const version = await store(at, "k", bytes);
      const begun = (await at.plane.read(grant, at.bucketId, version, undefined))[Symbol.asyncIterator]();
      const first = await begun.next();
      const about = await at.plane.read(grant, at.bucketId, version, undefined);
      await remove(at, "k", "off");
      // Found before the deletion and read after it: the whole object, or a refusal.
      const late = await at.plane.read(grant, at.bucketId, version, undefined).catch((error: unknown) => error);
      const rest: Buffer[] = [first.value as Buffer];
      for (let next = await begun.next(); next.done !== true; next = await begun.next()) rest.push(next.value);
      expect(Buffer.concat(rest).equals(bytes)).toBe(true);
      expect((await bytesOf(about)).equals(bytes)).toBe(true);
      if (late instanceof Error) expect(late).toMatchObject({ name: "StoreError", kind: "conflict" });
      else expect((await bytesOf(late as AsyncIterable<Buffer>)).equals(bytes)).toBe(true);
    });

    test("parallel puts to one key leave one whole object", async () => {
      const at = await open();
      const bodies = Array.from({ length: 12 }, (_, n) => Buffer.alloc(40_000 + n, n));
      await Promise.all(bodies.map((bytes) => store(at, "k", bytes)));
      const found = await load(at, "k");
      expect(bodies.some((bytes) => bytes.toString("latin1") === found)).toBe(true);
      expect(await versions(at)).toHaveLength(1);
    });
  });
}
