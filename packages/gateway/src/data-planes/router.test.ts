import { randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  grant,
  keys,
  load,
  md5,
  mebibyte,
  noMetadata,
  startUpload,
  store,
  target,
} from "../../test/contract/plane-under-test.ts";
import { memoryDataPlane } from "../../test/memory-data-plane.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { testBody } from "../../test/test-body.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { ObjectVersion } from "../ports/object-version.ts";
import { StoreError } from "../ports/store-error.ts";
import { randomIds } from "../server/random-ids.ts";
import { systemClock } from "../server/system-clock.ts";
import { openLocalPlane } from "./local/local-plane.ts";
import { createRouter } from "./router.ts";

const [here, there, elsewhere] = ["0123abcd", "ceph/photos", "r2/photos"];

/** A local plane and two engines; `ceph` can be made to answer otherwise. */
async function open(changes: (ceph: DataPlane) => Partial<DataPlane> = () => ({})) {
  const local = await openLocalPlane({ dataDir: await temporaryFolder(), clock: systemClock, ids: randomIds });
  onTestFinished(() => local.close());
  const [ceph, r2] = [memoryDataPlane(), memoryDataPlane()];
  const planes = new Map([
    ["ceph", { ...ceph, ...changes(ceph) }],
    ["r2", r2],
  ]);
  const plane = createRouter(local, async (name) => {
    const found = planes.get(name);
    if (found === undefined) throw new StoreError("unavailable", `${name} is not configured`);
    return found;
  });
  for (const place of [here, there, elsewhere]) await plane.openBucket(grant, place, "111122223333");
  const at = (bucketId: string) => ({ plane, bucketId });
  return { plane, ceph, at };
}

/** The bucket of `there`, asked of its engine. */
const photosOf = (plane: DataPlane) => ({ plane, bucketId: "photos" });

const size = 2 * mebibyte + 5;

describe("the router", () => {
  test("each plane has its own buckets, in its own words, and is not asked about others", async () => {
    const { ceph, at } = await open();
    await store(at(here), "a", "local");
    await store(at(there), "b", "on ceph");
    await store(at(elsewhere), "c", "on r2");
    const found = [here, there, elsewhere].map((place) => keys(at(place)));
    expect(await Promise.all(found)).toEqual([["a"], ["b"], ["c"]]);
    expect(await load(photosOf(ceph), "b")).toBe("on ceph");
  });

  test("an upstream that nobody configured fails the requests of its buckets alone", async () => {
    const { plane, at } = await open();
    await expect(plane.find(grant, "gone/photos", "k", undefined)).rejects.toThrow("gone is not configured");
    await store(at(here), "a", "x");
    expect(await load(at(here), "a")).toBe("x");
  });

  test.each([
    [here, there],
    [there, here],
    [there, elsewhere],
    [there, there],
  ])("copies from %s to %s", async (from, to) => {
    const { plane, at } = await open();
    const bytes = randomBytes(size);
    const version = await store(at(from), "from", bytes);
    const copied = await plane.copy(grant, { bucketId: from, version }, target(to, "to"), noMetadata);
    expect(copied).toMatchObject({ kind: "written", version: { size, etag: md5(bytes), checksum: version.checksum } });
    expect(await load(at(to), "to")).toBe(bytes.toString("latin1"));
  });

  test("parts are copied between planes, whole or a range", async () => {
    const { plane, at } = await open();
    const bytes = randomBytes(size);
    const version = await store(at(there), "from", bytes);
    const upload = await startUpload(at(here));
    const copy = (number: number, range?: { first: number; last: number }) =>
      plane.copyPart(grant, { bucketId: there, version, range }, here, upload, number);
    expect(await copy(1)).toMatchObject({ kind: "part", part: { size, etag: md5(bytes) } });
    expect(await copy(2, { first: 1, last: 10 })).toMatchObject({
      part: { size: 10, etag: md5(bytes.subarray(1, 11)) },
    });
    const parts = await plane.listParts(grant, { ...upload, bucketId: here }, 0, 10);
    expect(parts.map((part) => part.number)).toEqual([1, 2]);
  });

  test("a source that is gone is no fault, and a target that refuses says why", async () => {
    const { plane, at } = await open((ceph) => ({
      read: async (...args) => {
        await ceph.read(...args);
        throw new StoreError("conflict", "the object is another one now");
      },
    }));
    const version = await store(at(there), "from", "x");
    const upload = await startUpload(at(here));
    const source = { bucketId: there, version };
    expect(await plane.copy(grant, source, target(here, "to"), noMetadata)).toEqual({ kind: "no-such-version" });
    const part = await plane.copyPart(grant, { ...source, range: undefined }, here, upload, 1);
    expect(part).toEqual({ kind: "no-such-version" });
    const own = await store(at(here), "own", "x");
    await store(at(elsewhere), "to", "y");
    const refused = target(elsewhere, "to", "off", { ifNoneMatch: "*" });
    expect(await plane.copy(grant, { bucketId: here, version: own }, refused, noMetadata)).toMatchObject({
      kind: "precondition-failed",
    });
  });

  test.each([
    ["other bytes", Buffer.from("an object of thirty-one bytes!!")],
    ["fewer bytes", Buffer.from("short")],
  ])("an engine that gives %s than it stored: nothing is copied", async (_what, lie) => {
    const { plane, at } = await open(() => ({
      read: async () => ({
        async *[Symbol.asyncIterator]() {
          yield lie;
        },
      }),
    }));
    const version: ObjectVersion = await store(at(there), "from", "an object of thirty-one bytes..");
    const copy = plane.copy(grant, { bucketId: there, version }, target(here, "to"), noMetadata);
    await expect(copy).rejects.toMatchObject({ kind: "corrupt" });
    expect(await plane.find(grant, here, "to", undefined)).toBeUndefined();
  });

  test("a body goes from the client to the plane of its bucket without being gathered", async () => {
    const { plane, ceph } = await open((memory) => ({
      put: async (grantOf, written, metadata, body) => {
        expect(written.bucketId).toBe("photos");
        expect(body.length).toBe(3);
        return memory.put(grantOf, written, metadata, body);
      },
    }));
    await plane.put(grant, target(there, "k"), noMetadata, testBody("abc"));
    expect(await load(photosOf(ceph), "k")).toBe("abc");
  });
});
