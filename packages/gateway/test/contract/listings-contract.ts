import { describe, expect, test } from "vitest";
import type { ListedBefore, ListQuery } from "../../src/ports/object-listing.ts";
import type { Version } from "../../src/ports/object-version.ts";
import { type Open, grant, itemsOf, listAll, md5, remove, store, versions } from "./plane-under-test.ts";

export function listingsContract(open: Open): void {
  describe("listings", () => {
    const names = [
      "",
      "a",
      "a/",
      "a/1",
      "a/2",
      "a0",
      "a\u0001",
      "b",
      "ab",
      "\u00e9",
      "\ufffd",
      "\u{10000}",
      "z\u{10ffff}",
      "z\u{10ffff}\u{10ffff}",
    ];
    const byBytes = names.slice(1).sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));

    test("objects in the order of their bytes, by prefix, after any key", async () => {
      const at = await open();
      for (const name of names.slice(1)) await store(at, name, name);
      const listed = async (query: Partial<ListQuery>) =>
        itemsOf(await at.plane.listObjects(grant, at.bucketId, { ...listAll, ...query })).map((object) => object.key);
      expect(await listed({})).toEqual(byBytes);
      for (const prefix of [...names, "a/1x", "nothing"]) {
        const expected = byBytes.filter((name) => name.startsWith(prefix));
        expect(await listed({ prefix }), prefix).toEqual(expected);
        for (const key of names.slice(1)) {
          const later = expected.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(key)) > 0);
          expect(await listed({ prefix, after: { key } })).toEqual(later);
          expect(await listed({ prefix, after: { key }, limit: 3 })).toEqual(later.slice(0, 3));
        }
      }
      const [first] = itemsOf(await at.plane.listObjects(grant, at.bucketId, { ...listAll, prefix: "a", limit: 1 }));
      expect(first).toEqual({
        key: "a",
        size: 1,
        etag: md5("a"),
        lastModified: expect.any(Number),
        owner: at.lacks.owners === undefined ? "111122223333" : "",
        checksum: at.lacks.checksums === undefined ? { algorithm: "SHA256", type: "FULL_OBJECT" } : undefined,
        storageClass: "STANDARD_IA",
      });
    });

    test("common prefixes are listed once, and a page after one goes on behind all its keys", async () => {
      const at = await open();
      for (const name of ["a", "a/1", "a/2/3", "a0", "b/1", "c"]) await store(at, name, name);
      for (const [prefix, expected] of [
        ["", ["a", "a/", "a0", "b/", "c"]],
        ["a/", ["a/1", "a/2/"]],
        ["a/2", ["a/2/"]],
      ] as const)
        for (const limit of [1, 2, 100]) {
          const found: string[] = [];
          for (let after: ListedBefore | undefined; ;) {
            const query = { ...listAll, prefix, delimiter: "/", limit, after };
            const page = await at.plane.listObjects(grant, at.bucketId, query);
            found.push(...page.entries.map((entry) => (entry.kind === "item" ? entry.item.key : entry.prefix)));
            after = { key: found.at(-1) ?? "" };
            if (!page.truncated) break;
          }
          expect(found).toEqual(expected);
        }
      expect(await at.plane.listObjects(grant, at.bucketId, { ...listAll, limit: 0 })).toEqual({
        entries: [],
        truncated: false,
      });
    });

    test("versions by key, newest first, page by page; a page after a version deleted meanwhile loses none", async () => {
      const at = await open();
      const made: string[] = [];
      for (const key of ["b", "a", "b", "c", "b", "a"])
        made.push(`${key} ${(await store(at, key, key, "enabled")).versionId}`);
      await remove(at, "c", "enabled");
      const all = await versions(at);
      expect(all.map((version) => version.key)).toEqual(["a", "a", "b", "b", "b", "c", "c"]);
      expect(all.map((version) => version.isLatest)).toEqual([true, false, true, false, false, true, false]);
      expect(all.map((version) => version.kind).indexOf("delete-marker")).toBe(5);
      expect(all.filter((version) => version.key === "b").map((version) => `b ${version.versionId}`)).toEqual([
        made[4],
        made[2],
        made[0],
      ]);
      for (let limit = 1; limit <= 7; limit += 1) {
        const paged: Version[] = [];
        for (;;) {
          const last = paged.at(-1);
          const after = last === undefined ? undefined : { key: last.key, id: last.versionId };
          const page = await at.plane.listVersions(grant, at.bucketId, { ...listAll, after, limit });
          paged.push(...itemsOf(page));
          if (!page.truncated) break;
        }
        expect(paged).toEqual(all);
      }
      const newest = all[2]?.versionId ?? "";
      await remove(at, "b", "enabled", newest);
      const rest = await at.plane.listVersions(grant, at.bucketId, { ...listAll, after: { key: "b", id: newest } });
      const left = at.lacks["deleted markers of pages"] ? ["c", "c"] : ["b", "b", "c", "c"];
      expect(itemsOf(rest).map((version) => version.key)).toEqual(left);
    });
  });
}
