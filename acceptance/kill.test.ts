import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, test } from "vitest";
import { seededRandom, testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { allWriters } from "./writers/all-writers.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 3);

test(
  "kill -9 during writes loses nothing that was acknowledged, undoes no deletion and shows nothing half-written",
  { timeout: 120_000 + loops * 30_000 },
  async () => {
    onTestFailed(() => console.error(`the same choices and delays once more: TEST_SEED=${testSeed}`));
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-kill-"));
    let gateway: RunningGateway | undefined;
    try {
      gateway = await startGateway({ home });
      const writers = allWriters(6);
      for (const { writer } of writers) await writer.prepare(gateway);
      for (let loop = 0; loop < loops; loop += 1) {
        const running = gateway;
        const work = writers.flatMap(({ writer, workers }) =>
          Array.from({ length: workers }, (_, number) => writer.work(running, loop * workers + number, () => false)),
        );
        // However slow the machine is, each loop has written something of each kind before the kill.
        const before = writers.map(({ writer }) => writer.acknowledged());
        while (writers.some(({ writer }, at) => writer.acknowledged() <= (before[at] ?? 0))) await sleep(5);
        await sleep(seededRandom("kill", loop)(500));
        await gateway.stop("SIGKILL");
        await Promise.all(work);
        gateway = await startGateway({ home });
        if (loop % 4 !== 3 && loop !== loops - 1) continue;
        for (const { writer } of writers) await writer.check(gateway);
      }
      expect(await gateway.stop()).toBe(0);
    } finally {
      await gateway?.stop("SIGKILL");
      rmSync(home, { recursive: true, force: true });
    }
  },
);
