import { describe, expect, test } from "vitest";
import type { SeenObject, WriteCondition } from "../../src/ports/object-write.ts";
import { testBody } from "../test-body.ts";
import { type Open, type OpenPlane, grant, load, md5, metadata, remove, store, target } from "./plane-under-test.ts";

const dropIfMatch = ({ plane, bucketId }: OpenPlane, versionId?: string) =>
  plane.delete(grant, { bucketId, key: "k", versioning: "off", owner: "1", versionId, ifMatch: "*" });

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

    test("If-None-Match: * in a bucket with versioning lets no second version be made, or is refused by name", async () => {
      const at = await open();
      await store(at, "k", "first", "enabled");
      const put = at.plane.put(
        grant,
        target(at.bucketId, "k", "enabled", { ifNoneMatch: "*" }),
        metadata,
        testBody("x"),
      );
      if (at.lacks["conditions with versioning"] === undefined) expect((await put).kind).toBe("precondition-failed");
      else await expect(put).rejects.toMatchObject({ name: "Unsupported" });
    });

    test("If-Match takes the ETag there is; none is a miss", async () => {
      const at = await open();
      const versioning = at.lacks["conditions with versioning"] ? "off" : "enabled";
      const put = (etag: string) =>
        at.plane.put(grant, target(at.bucketId, "k", versioning, { ifMatch: etag }), metadata, testBody("new"));
      expect((await put(md5("old"))).kind).toBe("conditional-miss");
      await store(at, "k", "old", versioning);
      expect((await put(md5("other"))).kind).toBe("precondition-failed");
      expect((await put(md5("old"))).kind).toBe("written");
      await remove(at, "k", versioning);
      expect((await put(md5("new"))).kind).toBe("conditional-miss");
      expect(
        (await at.plane.put(grant, target(at.bucketId, "k", versioning, { ifNoneMatch: "*" }), metadata, testBody("x")))
          .kind,
      ).toBe("written");
    });

    test("delete with If-Match", async () => {
      const at = await open();
      if (at.lacks["conditional deletes"] !== undefined) {
        await expect(dropIfMatch(at)).rejects.toMatchObject({ name: "Unsupported" });
        return;
      }
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

    test("a condition on an object that was seen holds for no other object", async () => {
      const at = await open();
      const first = await store(at, "k", "a");
      const put = (seen: SeenObject | "none", condition: WriteCondition = { ifMatch: md5("a") }) =>
        at.plane.put(grant, target(at.bucketId, "k", "off", { ...condition, seen }), metadata, testBody("b"));
      const drop = (seen: SeenObject | "none", versionId?: string) =>
        at.plane.delete(grant, {
          bucketId: at.bucketId,
          key: "k",
          versioning: "off",
          owner: "1",
          versionId,
          ifMatch: md5("a"),
          seen,
        });
      const second = await store(at, "k", "a");
      const tags = [{ key: "a", value: "b" }];
      const others = at.lacks["same bytes"] === undefined ? [{ content: first.content }] : [];
      for (const seen of [...others, { content: second.content, tags }, "none"] as const) {
        await expect(put(seen)).rejects.toMatchObject({ kind: "conflict" });
        await expect(put(seen, {})).rejects.toMatchObject({ kind: "conflict" });
        const refused = at.lacks["conditional deletes"] === undefined ? { kind: "conflict" } : { name: "Unsupported" };
        await expect(drop(seen)).rejects.toMatchObject(refused);
        await expect(drop(seen, "null")).rejects.toMatchObject(refused);
      }
      await at.plane.change(grant, at.bucketId, second, { tags }, false);
      await expect(put({ content: second.content })).rejects.toMatchObject({ kind: "conflict" });
      if (at.lacks["conditional deletes"] === undefined) {
        await expect(drop({ content: second.content })).rejects.toMatchObject({ kind: "conflict" });
        expect((await drop({ content: second.content, tags })).kind).toBe("deleted");
      } else await remove(at, "k", "off");
      await expect(put({ content: second.content, tags })).rejects.toMatchObject({ kind: "conflict" });
      expect((await put("none")).kind).toBe("conditional-miss");
      expect((await put("none", {})).kind).toBe("written");
    });

    test("delete of a version with If-Match, which is about the current one", async () => {
      const at = await open();
      if (at.lacks["conditional deletes"] !== undefined) {
        await expect(dropIfMatch(at, "null")).rejects.toMatchObject({ name: "Unsupported" });
        return;
      }
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
