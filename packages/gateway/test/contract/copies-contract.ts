import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  type Open,
  grant,
  load,
  mebibyte,
  metadata,
  noMetadata,
  remove,
  store,
  target,
  versions,
} from "./plane-under-test.ts";

export function copiesContract(open: Open): void {
  describe("copy", () => {
    test.each([0, 100, 2 * mebibyte])("%i bytes, and the copy outlives the source", async (size) => {
      const at = await open();
      const bytes = randomBytes(size);
      const source = await store(at, "from", bytes);
      const other = {
        headers: { "content-type": "image/png" },
        user: {},
        storageClass: "GLACIER_IR",
      } as const;
      const copy = await at.plane.copy(
        grant,
        { bucketId: at.bucketId, version: source },
        target(at.bucketId, "to"),
        other,
      );
      expect(copy).toMatchObject({
        kind: "written",
        version: { key: "to", size, etag: source.etag, checksum: source.checksum, metadata: other },
      });
      await remove(at, "from", "off");
      expect(await load(at, "to")).toBe(bytes.toString("latin1"));
    });

    test("onto itself, with other metadata", async () => {
      const at = await open();
      const bytes = randomBytes(100_000);
      const source = await store(at, "k", bytes);
      await at.plane.copy(grant, { bucketId: at.bucketId, version: source }, target(at.bucketId, "k"), {
        ...noMetadata,
        user: { a: "b" },
      });
      expect(await load(at, "k")).toBe(bytes.toString("latin1"));
      expect(await at.plane.find(grant, at.bucketId, "k", undefined)).toMatchObject({
        metadata: { headers: {}, user: { a: "b" } },
      });
    });

    test("in a bucket with versioning, the version that it made is named", async () => {
      const at = await open();
      const source = await store(at, "k", "x", "enabled");
      const from = { bucketId: at.bucketId, version: source };
      const copy = await at.plane.copy(grant, from, target(at.bucketId, "k", "enabled"), metadata);
      const ids = (await versions(at)).map(({ versionId }) => versionId);
      expect(copy).toMatchObject({ kind: "written", version: { versionId: ids[0] } });
      expect(ids[1]).toBe(source.versionId);
    });

    test("of what is gone meanwhile is whole or refused", async () => {
      const at = await open();
      const source = await store(at, "from", "x");
      await remove(at, "from", "off");
      const from = { bucketId: at.bucketId, version: source };
      const { kind } = await at.plane.copy(grant, from, target(at.bucketId, "to"), metadata);
      expect(await load(at, "to")).toBe(kind === "written" ? "x" : undefined);
      if (kind !== "written") expect(kind).toBe("no-such-version");
    });

    test("with a condition on the target", async () => {
      const at = await open();
      const source = await store(at, "from", "x");
      await store(at, "to", "y");
      const copy = at.plane.copy(
        grant,
        { bucketId: at.bucketId, version: source },
        target(at.bucketId, "to", "off", { ifNoneMatch: "*" }),
        metadata,
      );
      if (at.lacks["conditional copies"] === undefined) expect((await copy).kind).toBe("precondition-failed");
      else await expect(copy).rejects.toMatchObject({ name: "Unsupported" });
      expect(await load(at, "to")).toBe("y");
    });
  });
}
