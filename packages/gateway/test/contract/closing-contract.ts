import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { StoreError } from "../../src/ports/store-error.ts";
import { testBody } from "../test-body.ts";
import {
  type Open,
  grant,
  keys,
  md5,
  metadata,
  remove,
  startUpload,
  store,
  target,
  versions,
} from "./plane-under-test.ts";

export function closingContract(open: Open): void {
  describe("closing a bucket", () => {
    test("refused while a version or a delete marker is there", async () => {
      const at = await open();
      await store(at, "k", "x", "enabled");
      expect(await at.plane.closeBucket(grant, at.bucketId)).toBe(false);
      const marker = await remove(at, "k", "enabled");
      for (const version of await versions(at)) {
        if (version.kind === "object") await remove(at, "k", "enabled", version.versionId);
      }
      expect(await at.plane.closeBucket(grant, at.bucketId)).toBe(false);
      if (marker.kind === "deleted" && marker.versionId !== undefined)
        await remove(at, "k", "enabled", marker.versionId);
      expect(await at.plane.closeBucket(grant, at.bucketId)).toBe(true);
      expect(await at.plane.closeBucket(grant, at.bucketId)).toBe(true);
    });

    test("after it every write is refused; uploads in progress are aborted", async () => {
      const at = await open();
      const elsewhere = { ...at, bucketId: at.otherBucketId };
      const source = await store(elsewhere, "k", "x");
      const upload = await startUpload(at);
      await at.plane.putPart(grant, at.bucketId, upload, 1, testBody("part"));
      expect(await at.plane.closeBucket(grant, at.bucketId)).toBe(true);
      const where = target(at.bucketId, "k", "enabled");
      expect((await at.plane.put(grant, where, metadata, testBody(randomBytes(50_000)))).kind).toBe("bucket-closed");
      expect(
        (await at.plane.copy(grant, { bucketId: elsewhere.bucketId, version: source }, where, metadata)).kind,
      ).toBe("bucket-closed");
      expect((await remove(at, "k", "enabled")).kind).toBe("bucket-closed");
      expect((await at.plane.createUpload(grant, at.bucketId, upload)).kind).toBe("bucket-closed");
      expect((await at.plane.putPart(grant, at.bucketId, upload, 1, testBody("x"))).kind).toBe("bucket-closed");
      expect(
        (await at.plane.completeUpload(grant, where, upload.uploadId, [{ number: 1, etag: md5("part") }])).kind,
      ).toBe("bucket-closed");
      expect(await at.plane.findUpload(grant, at.bucketId, "k", upload.uploadId)).toBeUndefined();
      expect(await versions(at)).toEqual([]);
    });

    test("against writes under way: either it is closed and empty, or the write is in it", async () => {
      for (let round = 0; round < 10; round += 1) {
        const at = await open();
        const puts = Array.from({ length: 8 }, (_, n) =>
          at.plane
            .put(grant, target(at.bucketId, `k${n}`), metadata, testBody(randomBytes(n * 9000)))
            .catch(refusedForNow),
        );
        const closing = at.plane.closeBucket(grant, at.bucketId);
        const written = (await Promise.all(puts)).filter((put) => put.kind === "written").length;
        const closed = await closing;
        expect(written === 0 || !closed).toBe(true);
        expect(await keys(at)).toHaveLength(written);
      }
    });
  });
}

/** An engine whose bucket goes away in the middle of a write may say that it cannot tell yet. */
function refusedForNow(error: unknown): { readonly kind: "refused" } {
  if (error instanceof StoreError && error.kind === "unavailable") return { kind: "refused" };
  throw error;
}
