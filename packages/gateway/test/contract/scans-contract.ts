import { describe, expect, test } from "vitest";
import type { DataPlane, Version } from "../../src/ports/data-plane.ts";
import { type Open, grant, md5, remove, store } from "./plane-under-test.ts";

export function scansContract(open: Open): void {
  describe("scans", () => {
    const names = [
      "",
      "a",
      "a/",
      "a/1",
      "a/2",
      "a0",
      "b",
      "ab",
      "\u00e9",
      "\ufffd",
      "\u{10000}",
      "z\u{10ffff}",
      "z\u{10ffff}\u{10ffff}",
    ];
    const byOctets = names.slice(1).sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));

    test("objects in order of their octets, by prefix, from any start", async () => {
      const at = await open();
      for (const name of names.slice(1)) await store(at, name, name);
      const scan = async (prefix: string, start?: Parameters<DataPlane["scanObjects"]>[3], limit = 1000) =>
        (await at.plane.scanObjects(grant, at.bucketId, prefix, start, limit)).map((object) => object.key);
      expect(await scan("")).toEqual(byOctets);
      for (const prefix of [...names, "a/1x", "nothing"]) {
        const expected = byOctets.filter((name) => name.startsWith(prefix));
        expect(await scan(prefix), prefix).toEqual(expected);
        for (const key of names.slice(1)) {
          const order = (name: string): number => Buffer.compare(Buffer.from(name), Buffer.from(key));
          expect(await scan(prefix, { key, inclusive: true })).toEqual(expected.filter((name) => order(name) >= 0));
          expect(await scan(prefix, { key, inclusive: false }, 3)).toEqual(
            expected.filter((name) => order(name) > 0).slice(0, 3),
          );
          expect(await scan(prefix, { key, inclusive: false, pastPrefix: true })).toEqual(
            expected.filter((name) => order(name) > 0 && !name.startsWith(key)),
          );
        }
      }
      const [first] = await at.plane.scanObjects(grant, at.bucketId, "a", undefined, 1);
      expect(first).toEqual({
        key: "a",
        size: 1,
        etag: md5("a"),
        lastModified: expect.any(Number),
        owner: "111122223333",
        checksum: { algorithm: "SHA256", type: "FULL_OBJECT" },
      });
    });

    test("versions by key, newest first, page by page", async () => {
      const at = await open();
      const made: string[] = [];
      for (const key of ["b", "a", "b", "c", "b", "a"])
        made.push(`${key} ${(await store(at, key, key, "enabled")).versionId}`);
      await remove(at, "c", "enabled");
      const whole = await at.plane.scanVersions(grant, at.bucketId, "", undefined, 100);
      expect(whole.map((version) => version.key)).toEqual(["a", "a", "b", "b", "b", "c", "c"]);
      expect(whole.map((version) => version.isLatest)).toEqual([true, false, true, false, false, true, false]);
      expect(whole.map((version) => version.kind).indexOf("delete-marker")).toBe(5);
      expect(whole.filter((version) => version.key === "b").map((version) => `b ${version.versionId}`)).toEqual([
        made[4],
        made[2],
        made[0],
      ]);
      for (let size = 1; size <= 7; size += 1) {
        const paged: Version[] = [];
        for (;;) {
          const last = paged.at(-1);
          const start = last === undefined ? undefined : { key: last.key, inclusive: true, seq: last.seq };
          const page = await at.plane.scanVersions(grant, at.bucketId, "", start, size);
          paged.push(...page);
          if (page.length < size) break;
        }
        expect(paged).toEqual(whole);
      }
    });
  });
}
