import { randomBytes } from "node:crypto";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { blobNames } from "../../../test/audit-local-plane.ts";
import { noMetadata, startUpload, target } from "../../../test/contract/plane-under-test.ts";
import { fillUp, smallDisk } from "../../../test/small-disk.ts";
import { bodyOf, testBody } from "../../../test/test-body.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { randomIds } from "../../server/random-ids.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { NewUpload } from "../../ports/upload.ts";
import { DiskReserve } from "./disk-reserve.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";
import { SpaceGuard } from "./space-guard.ts";

const grant = testGrant();
const metadata = noMetadata;
const mebibyte = 1024 * 1024;
const full = { name: "StoreError", kind: "full" };
const asked: NewUpload = {
  key: "k",
  initiator: "arn",
  owner: "1",
  metadata,
  checksum: undefined,
};

/** A plane on a disk whose free space the test says. */
async function open(dataDir: string, disk: { free: number }, floor = 10 * mebibyte): Promise<LocalPlane> {
  let time = 1_700_000_000_000;
  const clock = { now: () => (time += 1000), monotonic: () => (time += 1000) };
  const guard = new SpaceGuard({
    space: { read: async () => ({ free: disk.free, total: 1000 * mebibyte }) },
    floor: { bytes: floor, percent: 0 },
    reserve: await DiskReserve.open(dataDir),
    clock,
    report: () => {},
  });
  const plane = await openLocalPlane({ dataDir, clock, ids: randomIds, garbageDelay: 0, guard });
  onTestFinished(() => plane.close());
  return plane;
}

async function stored(plane: LocalPlane, key: string, bytes: Buffer): Promise<ObjectVersion> {
  const put = await plane.put(grant, target("b", key), metadata, testBody(bytes));
  if (put.kind !== "written") throw new Error(put.kind);
  return put.version;
}

test("below the floor everything that adds is refused; deleting, aborting and completing go on", async () => {
  const disk = { free: 1000 * mebibyte };
  const plane = await open(await temporaryFolder(), disk);
  const version = await stored(plane, "k", randomBytes(100_000));
  const upload = await startUpload({ plane, bucketId: "b" }, asked);
  const part = await plane.putPart(grant, "b", upload, 1, testBody("x"));
  if (part.kind !== "part") throw new Error(part.kind);
  const other = await startUpload({ plane, bucketId: "b" }, asked);
  disk.free = 10 * mebibyte;
  const source = { bucketId: "b", version };
  const refused = [
    () => plane.put(grant, target("b", "n"), metadata, testBody("")),
    () => plane.put(grant, target("b", "n"), metadata, testBody("x")),
    () => plane.put(grant, target("b", "n"), metadata, testBody(randomBytes(100_000))),
    () => plane.copy(grant, source, target("b", "n"), metadata),
    () => plane.createUpload(grant, "b", asked),
    () => plane.putPart(grant, "b", upload, 2, testBody("x")),
    () => plane.copyPart(grant, { ...source, range: undefined }, "b", upload, 2),
  ];
  for (const write of refused) await expect(write(), write.toString()).rejects.toMatchObject(full);
  const parts = [{ number: 1, etag: part.part.etag }];
  expect(await plane.completeUpload(grant, target("b", "m"), upload.uploadId, parts)).toMatchObject({
    kind: "no-such-upload",
  });
  expect(await plane.completeUpload(grant, target("b", "k"), upload.uploadId, parts)).toMatchObject({
    kind: "written",
  });
  expect(await plane.abortUpload(grant, "b", "k", other.uploadId)).toBe(true);
  const gone = { bucketId: "b", key: "k", owner: "1", versionId: undefined } as const;
  expect(await plane.delete(grant, { ...gone, versioning: "enabled" })).toMatchObject({ deleteMarker: true });
  disk.free = 4 * mebibyte;
  await expect(plane.delete(grant, { ...gone, versioning: "enabled" })).rejects.toMatchObject(full);
  disk.free = 0;
  expect(await plane.delete(grant, { ...gone, versioning: "off" })).toMatchObject({ kind: "deleted" });
  expect(await plane.sweep()).toMatchObject({ files: 1 });
});

test("a body too large for the disk is refused before it is read", async () => {
  const disk = { free: 100 * mebibyte };
  const plane = await open(await temporaryFolder(), disk);
  let read = 0;
  async function* chunks(): AsyncGenerator<Buffer> {
    read += 1;
    yield Buffer.alloc(mebibyte);
  }
  const put = plane.put(grant, target("b", "k"), metadata, bodyOf(chunks(), 90 * mebibyte + 1));
  await expect(put).rejects.toMatchObject(full);
  expect(read).toBe(0);
});

test("when the disk fills while a body comes in, it is refused and its file removed", async () => {
  const dataDir = await temporaryFolder();
  const disk = { free: 100 * mebibyte };
  const plane = await open(dataDir, disk);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let n = 0; n < 8; n += 1) {
      if (n === 4) disk.free = 9 * mebibyte;
      yield Buffer.alloc(mebibyte);
    }
  }
  const put = plane.put(grant, target("b", "k"), metadata, bodyOf(chunks(), 8 * mebibyte));
  await expect(put).rejects.toMatchObject(full);
  expect(await blobNames(dataDir)).toEqual([]);
});

test("the kernel's word counts: a disk that is really full refuses with the same error, and is left clean", async () => {
  const folder = smallDisk(24);
  const dataDir = join(folder, "data");
  const plane = await open(dataDir, { free: 900 * mebibyte });
  await stored(plane, "k", randomBytes(2 * mebibyte));
  const put = plane.put(grant, target("b", "n"), metadata, testBody(randomBytes(40 * mebibyte)));
  await expect(put).rejects.toMatchObject(full);
  expect(await blobNames(dataDir)).toHaveLength(1);
  expect(statfsSync(folder).bavail).toBeGreaterThan(0);

  fillUp(folder);
  const small = async (): Promise<void> => {
    for (let n = 0; n < 2000; n += 1) await stored(plane, `small-${n}`, randomBytes(16_000));
  };
  await expect(small()).rejects.toMatchObject(full);
  await expect(stored(plane, "n", randomBytes(20_000))).rejects.toMatchObject(full);
});
