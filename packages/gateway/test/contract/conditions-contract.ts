import { describe, expect, test } from "vitest";
import { testBody } from "../test-body.ts";
import { type Open, grant, load, md5, metadata, remove, store, target } from "./plane-under-test.ts";

export function conditionsContract(open: Open): void {
  describe("conditions", () => {
    test("If-None-Match: * lets the first write through and no other", async () => {
      const at = await open();
      const puts = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          at.plane.put(grant, target(at.bucketId, "k", "off", { ifNoneMatch: "*" }), metadata, testBody(`${n}`)),
        ),
      );
      expect(puts.filter((put) => put.kind === "written")).toHaveLength(1);
      expect(puts.filter((put) => put.kind === "precondition-failed")).toHaveLength(19);
    });

    test("If-Match takes the ETag there is; none is a miss", async () => {
      const at = await open();
      const put = (etag: string) =>
        at.plane.put(grant, target(at.bucketId, "k", "enabled", { ifMatch: etag }), metadata, testBody("new"));
      expect((await put(md5("old"))).kind).toBe("conditional-miss");
      await store(at, "k", "old", "enabled");
      expect((await put(md5("other"))).kind).toBe("precondition-failed");
      expect((await put(md5("old"))).kind).toBe("written");
      await remove(at, "k", "enabled");
      expect((await put(md5("new"))).kind).toBe("conditional-miss");
      expect(
        (await at.plane.put(grant, target(at.bucketId, "k", "enabled", { ifNoneMatch: "*" }), metadata, testBody("x")))
          .kind,
      ).toBe("written");
    });

    test("delete with If-Match", async () => {
      const at = await open();
      const drop = (ifMatch: string) =>
        at.plane.delete(grant, {
          bucketId: at.bucketId,
          key: "k",
          versioning: "off",
          owner: "1",
          versionId: undefined,
          ifMatch,
        });
      expect((await drop(md5("a"))).kind).toBe("conditional-miss");
      await store(at, "k", "a");
      expect((await drop(md5("b"))).kind).toBe("precondition-failed");
      expect((await drop(md5("a"))).kind).toBe("deleted");
      expect(await load(at, "k")).toBeUndefined();
    });

    test("delete of a version with If-Match, which is about the current one", async () => {
      const at = await open();
      const old = await store(at, "k", "old", "enabled");
      const current = await store(at, "k", "new", "enabled");
      const drop = ({ versionId }: { readonly versionId: string }, ifMatch: string) =>
        at.plane.delete(grant, {
          bucketId: at.bucketId,
          key: "k",
          versioning: "enabled",
          owner: "1",
          versionId,
          ifMatch,
        });
      for (const ifMatch of [md5("old"), md5("new"), md5("other")])
        expect((await drop(old, ifMatch)).kind).toBe("precondition-failed");
      expect((await drop(current, md5("old"))).kind).toBe("precondition-failed");
      expect(await drop(current, md5("new"))).toMatchObject({ kind: "deleted", versionId: current.versionId });
      expect(await drop(old, "*")).toMatchObject({ kind: "deleted", versionId: old.versionId });
      expect((await drop(old, "*")).kind).toBe("conditional-miss");
    });
  });
}
