import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { DataPlane } from "../../src/ports/data-plane.ts";
import type { ListQuery } from "../../src/ports/object-listing.ts";
import type { ObjectVersion } from "../../src/ports/object-version.ts";
import type { Upload } from "../../src/ports/upload.ts";
import { testBody } from "../test-body.ts";
import {
  type Open,
  type OpenPlane,
  grant,
  keys,
  load,
  md5,
  mebibyte,
  metadata,
  noMetadata,
  bytesOf,
  listAll,
  itemsOf,
  remove,
  startUpload,
  store,
  target,
  versions,
} from "./plane-under-test.ts";

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("base64");

export function multipartContract(open: Open): void {
  describe("multipart", () => {
    const begin = async ({ plane, bucketId }: OpenPlane, key = "k", checksum?: Upload["checksum"]): Promise<Upload> => {
      const upload = await startUpload({ plane, bucketId }, { key, checksum });
      expect(upload).toMatchObject({ key, checksum, initiatedAt: expect.any(Number), uploadId: expect.any(String) });
      return upload;
    };
    const send = async ({ plane, bucketId }: OpenPlane, upload: Upload, number: number, bytes: Buffer) => {
      const outcome = await plane.putPart(grant, bucketId, upload, number, testBody(bytes, 256 * 1024));
      if (outcome.kind !== "part") throw new Error(outcome.kind);
      expect(outcome.part).toMatchObject({ number, size: bytes.length, etag: md5(bytes) });
      return { number, etag: outcome.part.etag };
    };
    const complete = (
      { plane, bucketId }: OpenPlane,
      upload: Upload,
      parts: Parameters<DataPlane["completeUpload"]>[3],
      condition = {},
    ) => plane.completeUpload(grant, target(bucketId, upload.key, "enabled", condition), upload.uploadId, parts);
    /** What follows a `~` says what an engine does not show in listings. */
    const plainId = ({ uploadId }: Upload): string => uploadId.replace(/~.*/, "");
    const big = (): Buffer => randomBytes(5 * mebibyte);

    test("parts become one object, in order of number; again gives the same version", async () => {
      const at = await open();
      const upload = await begin(at);
      const { storageClass } = upload.metadata;
      expect(await at.plane.findUpload(grant, at.bucketId, "k", upload.uploadId)).toEqual({
        ...upload,
        ...(at.lacks.owners === undefined ? {} : { owner: "" }),
        ...(at.lacks["upload metadata"] === undefined ? {} : { metadata: { ...noMetadata, storageClass } }),
      });
      const [a, b, c] = [big(), big(), randomBytes(10)];
      const third = await send(at, upload, 7, c);
      const first = await send(at, upload, 1, a);
      const second = await send(at, upload, 3, b);
      expect(
        (await at.plane.listParts(grant, { ...upload, bucketId: at.bucketId }, 1, 1)).map((part) => part.number),
      ).toEqual([3]);
      expect(await keys(at)).toEqual([]);
      const done = await complete(at, upload, [first, second, third]);
      if (done.kind !== "written") throw new Error(done.kind);
      const digests = Buffer.concat([a, b, c].map((bytes) => createHash("md5").update(bytes).digest()));
      expect(done.version).toMatchObject({
        size: 10 * mebibyte + 10,
        etag: `${md5(digests)}-3`,
        metadata,
        parts: at.lacks.parts
          ? []
          : [a, b, c].map((bytes) => ({
              size: bytes.length,
              checksum: { algorithm: "SHA256", value: sha256(bytes) },
            })),
        isLatest: true,
      });
      expect(md5(Buffer.from((await load(at, "k")) ?? "", "latin1"))).toBe(md5(Buffer.concat([a, b, c])));
      const across = await at.plane.read(grant, at.bucketId, done.version, {
        first: 5 * mebibyte - 3,
        last: 10 * mebibyte + 4,
      });
      expect(
        (await bytesOf(across)).equals(Buffer.concat([a, b, c]).subarray(5 * mebibyte - 3, 10 * mebibyte + 5)),
      ).toBe(true);
      expect(await complete(at, upload, [first, second, third])).toEqual(done);
      expect((await complete(at, upload, [first])).kind).toBe("no-such-upload");
      expect(await at.plane.findUpload(grant, at.bucketId, "k", upload.uploadId)).toBeUndefined();
      expect(await versions(at)).toHaveLength(1);
    });

    test("a key with characters that XML does not have", async () => {
      const at = await open();
      const upload = await begin(at, "k\u0001\uffff");
      const part = await send(at, upload, 1, Buffer.from("x"));
      expect((await complete(at, upload, [part])).kind).toBe("written");
      expect(await load(at, upload.key)).toBe("x");
    });

    test("what does not fit is refused, and the upload goes on", async () => {
      const at = await open();
      const upload = await begin(at);
      const small = await send(at, upload, 1, randomBytes(100));
      const last = await send(at, upload, 2, randomBytes(100));
      expect(await complete(at, upload, [small, last])).toMatchObject({
        kind: "part-too-small",
        ...(at.lacks["part numbers in errors"] ? {} : { detail: "1" }),
      });
      expect(await complete(at, upload, [last, small])).toMatchObject({ kind: "invalid-part-order" });
      expect(await complete(at, upload, [last, last])).toMatchObject({ kind: "invalid-part-order" });
      expect(await complete(at, upload, [{ number: 1, etag: last.etag }])).toMatchObject({
        kind: "invalid-part",
        ...(at.lacks["part numbers in errors"] ? {} : { detail: "1" }),
      });
      if (at.lacks.checksums === undefined)
        expect(await complete(at, upload, [{ ...small, checksum: "AAAA" }])).toMatchObject({ kind: "invalid-part" });
      expect(await complete(at, upload, [small, { number: 9, etag: small.etag }])).toMatchObject({
        kind: at.lacks["part numbers in errors"] ? "part-too-small" : "invalid-part",
      });
      expect(await complete(at, upload, [])).toMatchObject({ kind: "invalid-part" });
      await store(at, "k", "there");
      const conditional = complete(at, upload, [small], { ifNoneMatch: "*" });
      if (at.lacks["conditional completes"] === undefined)
        expect(await conditional).toMatchObject({ kind: "precondition-failed" });
      else await expect(conditional).rejects.toMatchObject({ name: "Unsupported" });
      const wrongKey = at.plane.completeUpload(grant, target(at.bucketId, "other"), upload.uploadId, [small]);
      expect(await wrongKey).toMatchObject({ kind: "no-such-upload" });
      expect(await load(at, "k")).toBe("there");
      if (at.lacks["unnamed parts"] === undefined)
        expect((await complete(at, upload, [{ number: 1, etag: `"${small.etag}"` }])).kind).toBe("written");
    });

    test("a part sent again replaces the first", async () => {
      const at = await open();
      const upload = await begin(at);
      const before = await send(at, upload, 1, Buffer.from("before"));
      const after = await send(at, upload, 1, Buffer.from("after"));
      expect((await complete(at, upload, [before])).kind).toBe("invalid-part");
      expect((await complete(at, upload, [after])).kind).toBe("written");
      expect(await load(at, "k")).toBe("after");
    });

    test("an aborted upload is gone with its parts", async () => {
      const at = await open();
      const upload = await begin(at);
      const part = await send(at, upload, 1, Buffer.from("x"));
      expect(await at.plane.abortUpload(grant, at.bucketId, "other", upload.uploadId)).toBe(false);
      expect(await at.plane.abortUpload(grant, at.bucketId, "k", upload.uploadId)).toBe(true);
      expect(await at.plane.abortUpload(grant, at.bucketId, "k", upload.uploadId)).toBe(false);
      expect(await at.plane.listParts(grant, { ...upload, bucketId: at.bucketId }, 0, 10)).toEqual([]);
      expect((await complete(at, upload, [part])).kind).toBe("no-such-upload");
      expect((await at.plane.putPart(grant, at.bucketId, upload, 1, testBody("y"))).kind).toBe("no-such-upload");
    });

    test("part copies: a range and a whole, of inline and of large objects", async () => {
      const at = await open();
      const large = randomBytes(6 * mebibyte);
      const little = Buffer.from("0123456789");
      const sources = { large: await store(at, "large", large), little: await store(at, "little", little) };
      const upload = await begin(at);
      const copyPart = async (
        version: ObjectVersion,
        range: { first: number; last: number } | undefined,
        number: number,
      ) => {
        const outcome = await at.plane.copyPart(
          grant,
          { bucketId: at.bucketId, version, range },
          at.bucketId,
          upload,
          number,
        );
        if (outcome.kind !== "part") throw new Error(outcome.kind);
        return { number, etag: outcome.part.etag };
      };
      const one = await copyPart(sources.large, { first: 7, last: 5 * mebibyte + 6 }, 1);
      const two = await copyPart(sources.little, { first: 2, last: 4 }, 2);
      expect(one.etag).toBe(md5(large.subarray(7, 5 * mebibyte + 7)));
      expect(two.etag).toBe(md5("234"));
      // Sent, and not named when the upload is completed.
      const whole = await copyPart(sources.little, undefined, at.lacks["unnamed parts"] ? 2 : 3);
      expect(whole.etag).toBe(md5(little));
      if (at.lacks["unnamed parts"]) await copyPart(sources.little, { first: 2, last: 4 }, 2);
      await remove(at, "large", "off");
      await remove(at, "little", "off");
      const done = await complete(at, upload, [one, two]);
      const sizes = at.lacks.parts ? [] : [{ size: 5 * mebibyte }, { size: 3 }];
      expect(done).toMatchObject({ kind: "written", version: { size: 5 * mebibyte + 3, parts: sizes } });
      const expected = Buffer.concat([large.subarray(7, 5 * mebibyte + 7), Buffer.from("234")]);
      expect(md5(Buffer.from((await load(at, "k")) ?? "", "latin1"))).toBe(md5(expected));
    });

    test("uploads are listed by key, then by time, then by id", async () => {
      const at = await open();
      const made: Upload[] = [];
      for (const key of ["b", "a", "b", "c", "\u{1f600}"]) made.push(await begin(at, key));
      const byTime = at.lacks["order of uploads"] === undefined;
      // An engine sorts by ids of its own, which ours have in base64url; that sorts differently.
      const sorted = (upload: Upload): string =>
        byTime ? plainId(upload) : Buffer.from(plainId(upload), "base64url").toString();
      const ids = (key: string): string[] =>
        made
          .filter((upload) => upload.key === key)
          .toSorted(
            (one, other) => (byTime && one.initiatedAt - other.initiatedAt) || (sorted(one) < sorted(other) ? -1 : 1),
          )
          .map(plainId);
      const listed = async (query: Partial<ListQuery>) =>
        itemsOf(await at.plane.listUploads(grant, at.bucketId, { ...listAll, ...query })).map(plainId);
      const [first = "", second = ""] = ids("b");
      const all = [...ids("a"), first, second, ...ids("c"), ...ids("\u{1f600}")];
      expect(await listed({})).toEqual(all);
      expect(await listed({ prefix: "b" })).toEqual([first, second]);
      expect(await listed({ after: { key: "b" } })).toEqual(all.slice(3));
      expect(await listed({ after: { key: "b", id: first } })).toEqual(all.slice(2));
      expect(await listed({ after: { key: "b", id: first }, limit: 1 })).toEqual([second]);
      expect(await listed({ limit: 2 })).toEqual(all.slice(0, 2));
    });

    test("uploads are listed by whole names and common prefixes, which a page from under one leaves out", async () => {
      const at = await open();
      for (const key of ["a b", "a%20b", "d/1", "d/meta", "e+\u0001", "f/ü"]) await begin(at, key);
      const under = await begin(at, "d/2");
      const listed = async (query: Partial<ListQuery>) => {
        const page = await at.plane.listUploads(grant, at.bucketId, { ...listAll, ...query });
        return page.entries.map((entry) => (entry.kind === "item" ? entry.item.key : entry.prefix));
      };
      const all = ["a b", "a%20b", "d/", "e+\u0001", "f/"];
      for (const limit of [1, 2, 5]) {
        const found: string[] = [];
        for (let page = 0; page < all.length / limit; page += 1)
          found.push(...(await listed({ delimiter: "/", limit, after: { key: found.at(-1) ?? "" } })));
        expect(found).toEqual(all);
      }
      expect(await listed({ prefix: "d/", delimiter: "e" })).toEqual(["d/1", "d/2", "d/me"]);
      for (const after of [{ key: "d/1" }, { key: "d/2", id: under.uploadId }])
        expect(await listed({ delimiter: "/", after })).toEqual(all.slice(3));
    });
  });
}
