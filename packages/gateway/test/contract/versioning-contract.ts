import { describe, expect, test } from "vitest";
import type { Version } from "../../src/ports/object-version.ts";
import { type Open, type OpenPlane, grant, keys, load, md5, remove, store, versions } from "./plane-under-test.ts";

export function versioningContract(open: Open): void {
  describe("versioning", () => {
    const history = async ({ plane, bucketId }: OpenPlane): Promise<readonly (readonly [string, string, boolean])[]> =>
      (await versions({ plane, bucketId })).map((version: Version) => [
        version.kind === "object" ? version.etag : "marker",
        version.versionId,
        version.isLatest,
      ]);

    test("off: a put replaces, a delete removes", async () => {
      const at = await open();
      await store(at, "k", "one");
      await store(at, "k", "two");
      expect(await history(at)).toEqual([[md5("two"), "null", true]]);
      expect(await remove(at, "k", "off")).toEqual({ kind: "deleted", versionId: undefined, deleteMarker: false });
      expect(await history(at)).toEqual([]);
      expect(await remove(at, "k", "off")).toEqual({ kind: "deleted", versionId: undefined, deleteMarker: false });
    });

    test("enabled: every put and every delete adds, and each version can be had and removed", async () => {
      const at = await open();
      const one = await store(at, "k", "one", "enabled");
      const two = await store(at, "k", "two", "enabled");
      expect(new Set([one.versionId, two.versionId, "null"]).size).toBe(3);
      expect(two.content).not.toBe(one.content);
      const marker = await remove(at, "k", "enabled");
      if (marker.kind !== "deleted" || marker.versionId === undefined) throw new Error("no delete marker");
      expect(marker.deleteMarker).toBe(true);
      expect(await history(at)).toEqual([
        ["marker", marker.versionId, true],
        [md5("two"), two.versionId, false],
        [md5("one"), one.versionId, false],
      ]);
      expect(await keys(at)).toEqual([]);
      expect(await load(at, "k")).toBe(at.lacks["found markers"] ? undefined : "delete-marker");
      expect(await load(at, "k", one.versionId)).toBe("one");
      expect(await at.plane.find(grant, at.bucketId, "k", one.versionId)).toMatchObject({ isLatest: false });
      expect(await remove(at, "k", "enabled", marker.versionId)).toEqual({
        kind: "deleted",
        versionId: marker.versionId,
        deleteMarker: true,
      });
      expect(await load(at, "k")).toBe("two");
      expect(await keys(at)).toEqual(["k"]);
      await remove(at, "k", "enabled", two.versionId);
      expect(await load(at, "k")).toBe("one");
      expect(await at.plane.find(grant, at.bucketId, "k", undefined)).toMatchObject({
        isLatest: true,
        versionId: one.versionId,
      });
      await remove(at, "k", "enabled", one.versionId);
      expect(await history(at)).toEqual([]);
    });

    test("enabled: a delete marks even what never was", async () => {
      const at = await open();
      expect(await remove(at, "never", "enabled")).toMatchObject({ kind: "deleted", deleteMarker: true });
      expect(await load(at, "never")).toBe(at.lacks["found markers"] ? undefined : "delete-marker");
    });

    test("suspended: the null version is replaced, the others stay", async () => {
      const at = await open();
      await store(at, "k", "before");
      const kept = await store(at, "k", "kept", "enabled");
      await store(at, "k", "null-1", "suspended");
      await store(at, "k", "null-2", "suspended");
      expect(await history(at)).toEqual([
        [md5("null-2"), "null", true],
        [md5("kept"), kept.versionId, false],
      ]);
      expect(await remove(at, "k", "suspended")).toEqual({ kind: "deleted", versionId: "null", deleteMarker: true });
      expect(await history(at)).toEqual([
        ["marker", "null", true],
        [md5("kept"), kept.versionId, false],
      ]);
      await store(at, "k", "null-3", "suspended");
      expect(await load(at, "k", "null")).toBe("null-3");
      expect(await remove(at, "k", "suspended", "null")).toEqual({
        kind: "deleted",
        versionId: "null",
        deleteMarker: false,
      });
      expect(await load(at, "k")).toBe("kept");
    });
  });
}
