import { describe, expect, test } from "vitest";
import type { ObjectVersion } from "../../src/ports/object-version.ts";
import type { Tag } from "../../src/ports/tag.ts";
import { testBody } from "../test-body.ts";
import {
  type Open,
  type OpenPlane,
  grant,
  itemsOf,
  listAll,
  metadata,
  noMetadata,
  remove,
  startUpload,
  store,
  target,
} from "./plane-under-test.ts";

const red: Tag = { key: "colour", value: "red" };
const blue: Tag = { key: "colour", value: "blue" };
/** What a language with objects for maps would lose or reorder. */
const odd: readonly Tag[] = [
  { key: "__proto__", value: "" },
  { key: "2", value: "ä" },
  { key: "1", value: "b c" },
];

const place = ({ key }: Tag): number => odd.findIndex((tag) => tag.key === key);

const tagsOf = async ({ plane, bucketId, lacks }: OpenPlane, key: string, versionId?: string) => {
  const found = await plane.stateOf(bucketId, key, versionId);
  expect(found).toEqual(await plane.find(grant, bucketId, key, versionId));
  if (found?.kind !== "object") return found?.kind;
  const { tags } = found.metadata;
  return lacks["order of tags"] ? tags?.toSorted((one, other) => place(one) - place(other)) : tags;
};

const put = async (at: OpenPlane, key: string, tags: readonly Tag[]): Promise<ObjectVersion> => {
  const written = await at.plane.put(
    grant,
    target(at.bucketId, key, "enabled"),
    { ...metadata, ...(tags.length === 0 ? {} : { tags }) },
    testBody("x"),
  );
  if (written.kind !== "written") throw new Error(written.kind);
  return written.version;
};

export function tagsContract(open: Open): void {
  describe("tags", () => {
    test("come with a put, a copy and an upload, and change without the version", async () => {
      const at = await open();
      const version = await put(at, "k", odd);
      expect(await tagsOf(at, "k")).toEqual(odd);
      await at.plane.change(grant, at.bucketId, version, { tags: [red] }, false);
      expect(await tagsOf(at, "k")).toEqual([red]);
      expect(await at.plane.find(grant, at.bucketId, "k", undefined)).toEqual({
        ...version,
        lastModified: expect.any(Number),
        checksum: at.lacks.checksums === undefined ? version.checksum : undefined,
        metadata: { ...metadata, tags: [red] },
      });
      await at.plane.change(grant, at.bucketId, version, { tags: [] }, false);
      expect(await tagsOf(at, "k")).toBeUndefined();
      const { etag } = version;
      expect(itemsOf(await at.plane.listObjects(grant, at.bucketId, listAll))).toMatchObject([{ key: "k", etag }]);
      const from = { bucketId: at.bucketId, version };
      await at.plane.copy(grant, from, target(at.bucketId, "copy"), { ...noMetadata, tags: [blue] });
      expect(await tagsOf(at, "copy")).toEqual([blue]);
      if (at.lacks["tags of uploads"] !== undefined) {
        const tagged = startUpload(at, { key: "up", metadata: { ...noMetadata, tags: odd } });
        await expect(tagged).rejects.toMatchObject({ name: "Unsupported" });
        return;
      }
      const upload = await startUpload(at, { key: "up", metadata: { ...noMetadata, tags: odd } });
      expect((await at.plane.findUpload(grant, at.bucketId, "up", upload.uploadId))?.metadata.tags).toEqual(
        at.lacks["upload metadata"] === undefined ? odd : undefined,
      );
      const kept = await at.plane.putPart(grant, at.bucketId, upload, 1, testBody("part"));
      if (kept.kind !== "part") throw new Error(kept.kind);
      await at.plane.completeUpload(grant, target(at.bucketId, "up"), upload.uploadId, [
        { number: 1, etag: kept.part.etag },
      ]);
      expect(await tagsOf(at, "up")).toEqual(odd);
    });

    test("an ACL changes beside the tags, and goes", async () => {
      const at = await open();
      const version = await put(at, "k", [red]);
      const acl = [{ grantee: "a".repeat(64), permission: "READ" }] as const;
      const change = (what: Parameters<typeof at.plane.change>[3], isSeen: boolean) =>
        at.plane.change(grant, at.bucketId, version, what, isSeen);
      if (at.lacks.acls !== undefined) {
        await expect(change({ acl }, false)).rejects.toMatchObject({ name: "Unsupported" });
        return;
      }
      await change({ acl }, true);
      const found = async () => {
        const one = await at.plane.find(grant, at.bucketId, "k", undefined);
        return one?.kind === "object" ? one.metadata : undefined;
      };
      expect(await found()).toEqual({ ...metadata, tags: [red], acl });
      await expect(change({ acl: undefined }, true)).rejects.toMatchObject({ kind: "conflict" });
      await change({ acl: undefined }, false);
      expect(await found()).toEqual({ ...metadata, tags: [red] });
    });

    test("are those of one version alone", async () => {
      const at = await open();
      const first = await put(at, "k", [red]);
      const second = await put(at, "k", []);
      await at.plane.change(grant, at.bucketId, first, { tags: [blue] }, true);
      expect(await tagsOf(at, "k", first.versionId)).toEqual([blue]);
      expect(await tagsOf(at, "k", second.versionId)).toBeUndefined();
      expect(await tagsOf(at, "k")).toBeUndefined();
    });

    test("do not change when they are no longer those that were seen, or the version is gone", async () => {
      const at = await open();
      const version = await store(at, "k", "x");
      const set = (tags: readonly Tag[], isSeen = false) =>
        at.plane.change(grant, at.bucketId, version, { tags }, isSeen);
      if (at.lacks["seen tags"] === undefined) {
        await set([red], true);
        await expect(set([blue], true)).rejects.toMatchObject({ kind: "conflict" });
      } else {
        await expect(set([red], true)).rejects.toMatchObject({ name: "Unsupported" });
        await set([red]);
      }
      expect(await tagsOf(at, "k")).toEqual([red]);
      await store(at, "k", "replaced");
      await expect(set([blue])).rejects.toMatchObject({ kind: "conflict" });
      await remove(at, "k", "off");
      await expect(set([blue])).rejects.toMatchObject({ kind: "conflict" });
      expect(await tagsOf(at, "k")).toBeUndefined();
    });
  });
}
