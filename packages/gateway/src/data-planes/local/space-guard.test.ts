import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { DiskReserve, reserveSize } from "./disk-reserve.ts";
import { SpaceGuard } from "./space-guard.ts";

const mebibyte = 1024 * 1024;

async function guarded(free: number, floor = { bytes: 100 * mebibyte, percent: 1 }) {
  const dataDir = await temporaryFolder();
  const disk = { free, total: 1000 * mebibyte, readings: 0 };
  let time = 0;
  const lines: string[] = [];
  const reserve = await DiskReserve.open(dataDir);
  await reserve.fill();
  const guard = new SpaceGuard({
    space: { read: async () => ((disk.readings += 1), { free: disk.free, total: disk.total }) },
    floor,
    reserve,
    clock: { now: () => time, monotonic: () => time },
    report: (line) => lines.push(line),
  });
  return { guard, disk, reserve, dataDir, lines, pass: (ms: number) => (time += ms) };
}

const full = { name: "StoreError", kind: "full" };

describe("the floor", () => {
  test("is the larger of bytes and percent", async () => {
    const { guard } = await guarded(130 * mebibyte);
    (await guard.admit(30 * mebibyte)).end();
    await expect(guard.admit(30 * mebibyte + 1)).rejects.toMatchObject(full);
    const percent = await guarded(130 * mebibyte, { bytes: 0, percent: 12 });
    (await percent.guard.admit(10 * mebibyte)).end();
    await expect(percent.guard.admit(10 * mebibyte + 1)).rejects.toMatchObject(full);
  });

  test("below it nothing is admitted, an empty body neither; above it again everything", async () => {
    const { guard, disk, pass, lines } = await guarded(100 * mebibyte - 1);
    await expect(guard.admit(0)).rejects.toMatchObject(full);
    await expect(guard.admit(0)).rejects.toMatchObject(full);
    disk.free = 200 * mebibyte;
    pass(1000);
    (await guard.admit(mebibyte)).end();
    expect(lines).toEqual([
      expect.stringContaining("object writes are refused (99 MiB are free, the floor is 100 MiB)"),
      expect.stringContaining("object writes go on"),
    ]);
  });

  test("counts the reserve while it is being made, and after", async () => {
    const { guard, disk, reserve } = await guarded(140 * mebibyte);
    await reserve.release();
    await guard.admitMarker(); // reads the free space
    const making = guard.keepReserve();
    await new Promise((resolve) => setImmediate(resolve));
    // The floor, the reserve that is being made, and what others may take meanwhile.
    await expect(guard.admit(40 * mebibyte)).rejects.toMatchObject(full);
    await making;
    disk.free = 140 * mebibyte - reserveSize;
    (await guard.admit(24 * mebibyte)).end();
    await expect(guard.admit(24 * mebibyte + 1)).rejects.toMatchObject(full);
  });

  test("delete markers may use half of it", async () => {
    const { guard, disk, pass } = await guarded(50 * mebibyte);
    await guard.admitMarker();
    disk.free = 50 * mebibyte - 1;
    pass(1000);
    await expect(guard.admitMarker()).rejects.toMatchObject(full);
  });
});

describe("bodies under way", () => {
  test("what is announced counts, and is free again at the end", async () => {
    const { guard } = await guarded(200 * mebibyte);
    const first = await guard.admit(40 * mebibyte);
    await expect(guard.admit(61 * mebibyte)).rejects.toMatchObject(full);
    first.end();
    (await guard.admit(61 * mebibyte)).end();
  });

  test("who announces much and sends nothing takes at most half of the room from others", async () => {
    const { guard } = await guarded(200 * mebibyte);
    await guard.admit(100 * mebibyte);
    (await guard.admit(50 * mebibyte)).end();
    await expect(guard.admit(51 * mebibyte)).rejects.toMatchObject(full);
  });

  test("what is written counts before the disk is read again, and once", async () => {
    const { guard, disk, pass } = await guarded(160 * mebibyte);
    const body = await guard.admit(50 * mebibyte);
    await body.wrote(50 * mebibyte);
    await expect(guard.admit(11 * mebibyte)).rejects.toMatchObject(full);
    disk.free = 110 * mebibyte;
    pass(1000);
    (await guard.admit(10 * mebibyte)).end();
    body.end();
    (await guard.admit(10 * mebibyte)).end();
  });

  test("when others fill the disk meanwhile, the next bytes are refused", async () => {
    const { guard, disk, pass } = await guarded(200 * mebibyte);
    const body = await guard.admit(50 * mebibyte);
    await body.wrote(mebibyte);
    disk.free = 90 * mebibyte;
    pass(1000);
    await expect(body.wrote(mebibyte)).rejects.toMatchObject(full);
  });

  test("the disk is read once a second, or after many bytes, not for every body", async () => {
    const { guard, disk, pass } = await guarded(900 * mebibyte);
    await Promise.all(Array.from({ length: 100 }, async () => (await guard.admit(1)).end()));
    expect(disk.readings).toBe(1);
    const body = await guard.admit(100 * mebibyte);
    for (let n = 0; n < 65; n += 1) await body.wrote(mebibyte);
    expect(disk.readings).toBe(2);
    pass(1000);
    await body.wrote(1);
    expect(disk.readings).toBe(3);
  });
});

describe("the reserve", () => {
  const size = async (dataDir: string) =>
    stat(join(dataDir, "reserve")).then(
      (found) => found.size,
      () => 0,
    );

  test("is given up when the disk is full, and made again when there is space", async () => {
    const { guard, disk, reserve, dataDir, lines } = await guarded(0);
    expect(await size(dataDir)).toBe(reserveSize);
    await guard.releaseReserve();
    await guard.releaseReserve();
    expect(lines).toEqual([expect.stringContaining("given up")]);
    expect(await size(dataDir)).toBe(0);
    disk.free = 100 * mebibyte + reserveSize - 1;
    await guard.keepReserve();
    expect(reserve.filled).toBe(false);
    disk.free = 100 * mebibyte + reserveSize;
    await guard.keepReserve();
    expect(await size(dataDir)).toBe(reserveSize);
    expect((await DiskReserve.open(dataDir)).filled).toBe(true);
  });

  test("while it is given up, objects may not use its space, whatever the floor", async () => {
    const { guard, disk, pass } = await guarded(reserveSize, { bytes: 0, percent: 0 });
    (await guard.admit(reserveSize)).end();
    await guard.releaseReserve();
    disk.free = reserveSize + 1;
    pass(1000);
    (await guard.admit(1)).end();
    await expect(guard.admit(2)).rejects.toMatchObject(full);
  });

  test("at a start it is given up only when the databases could not be opened", async () => {
    const { guard, disk, reserve } = await guarded(reserveSize / 2);
    await guard.start();
    expect(reserve.filled).toBe(true);
    disk.free -= 1;
    await guard.start();
    expect(reserve.filled).toBe(false);
  });
});
