/** Backups of a gateway that is written to all the time, each started and held against what was sent and acknowledged. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { smallDisk } from "../packages/gateway/test/small-disk.ts";
import { cli, cliHere } from "./clients.ts";
import { startGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { busyWriters } from "./writers/all-writers.ts";
import type { Checked } from "./writers/writer.ts";

const loops = Number(process.env["BACKUP_LOOPS"] ?? 1);

/** A backup that is the data folder of `home`. */
async function checkBackup(home: string, checks: readonly Checked[]): Promise<void> {
  const folder = join(home, "data");
  expect(await blobNames(folder)).toEqual(await auditIndex(folder));
  expect(await cliHere({ home }, ["fsck", "--data", folder, "--read-bodies"])).toMatchObject({ code: 0 });
  const gateway = await startGatewayHere({ home });
  try {
    for (const one of checks) await one.check(gateway);
  } finally {
    await gateway.stop();
  }
}

test(
  "each backup of a busy gateway is the folder as it was at one moment after it was begun",
  { timeout: 240_000 + loops * 60_000 },
  async () => {
    onTestFailed(() => console.error(`the same choices once more: TEST_SEED=${testSeed}`));
    const otherDisk = smallDisk(1024);
    const gateway = await startGateway();
    onTestFinished(async () => void (await gateway.stop()));
    const writers = busyWriters(1);
    for (const { writer } of writers) await writer.prepare(gateway);
    let isOver = false;
    const work = writers.flatMap(({ writer, workers }) =>
      Array.from({ length: workers }, (_, number) => writer.work(gateway, number, () => isOver)),
    );
    const backups: (readonly [home: string, checks: readonly Checked[]])[] = [];
    let previous: readonly string[] = [];
    for (let loop = 0; loop < loops; loop += 1) {
      for (const disk of [gateway.home, otherDisk]) {
        const home = join(disk, `backup-${loop}`);
        mkdirSync(home);
        const before = writers.map(({ writer }) => writer.acknowledged());
        while (writers.some(({ writer }, at) => writer.acknowledged() <= (before[at] ?? 0))) await sleep(5);
        const begun = writers.map(({ writer }) => writer.copyBegun());
        const made = await cli(gateway, ["backup", "--data", gateway.dataDir, "--to", join(home, "data"), ...previous]);
        expect(made).toMatchObject({ code: 0, stdout: `${join(home, "data")}\n` });
        backups.push([home, begun.map((checks) => checks())]);
      }
      previous = ["--previous", join(otherDisk, `backup-${loop}`, "data")];
    }
    isOver = true;
    await Promise.all(work);
    for (const [home, checks] of backups) await checkBackup(home, checks);
  },
);
