import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, test } from "vitest";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { seededRandom, testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { operationTables } from "../packages/gateway/src/operations/table.ts";
import { eventKind } from "../packages/gateway/src/record/event-kind.ts";
import { cliHere } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { busyWriters, lifeWriters, lives } from "./writers/all-writers.ts";
import { startSurroundings } from "./writers/surroundings.ts";

const usualLoops = 2;
const loops = Number(process.env["KILL_LOOPS"] ?? usualLoops);

test(
  "kill -9 during writes loses nothing that was acknowledged, undoes no deletion and shows nothing half-written",
  { timeout: 240_000 + loops * 60_000 },
  async () => {
    onTestFailed(() => console.error(`the same choices and delays once more: TEST_SEED=${testSeed}`));
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-kill-"));
    const beside = await startSurroundings(home);
    const { args } = beside;
    let gateway: RunningGateway | undefined;
    try {
      gateway = await startGateway({ home, args });
      const writers = [...busyWriters(3), ...lifeWriters(beside.surroundings, loops > usualLoops)];
      for (const { writer } of writers) await writer.prepare(gateway);
      for (let loop = 0; loop < loops; loop += 1) {
        const running = gateway;
        if (loop > 0) for (const { writer } of writers) await writer.resume?.(running, loop);
        // Rejects when a request is refused.
        const work = Promise.all(
          writers.flatMap(({ writer, workers }) =>
            Array.from({ length: workers }, (_, number) => writer.work(running, loop * workers + number, () => false)),
          ),
        );
        // However slow the machine is, each loop has written something of each kind before the kill.
        const before = writers.map(({ writer }) => writer.acknowledged());
        while (writers.some(({ writer }, at) => writer.acknowledged() <= (before[at] ?? 0)))
          await Promise.race([sleep(5), work]);
        await sleep(seededRandom("kill", loop)(500));
        await gateway.stop("SIGKILL");
        await work;
        gateway = await startGateway({ home, args });
        if (loop % 4 !== 3 && loop !== loops - 1) continue;
        for (const { writer } of writers) await writer.check(gateway);
      }
      expect(await gateway.stop()).toBe(0);
      expect(await blobNames(gateway.dataDir)).toEqual(await auditIndex(gateway.dataDir));
      const checked = await cliHere({ home }, ["fsck", "--data", gateway.dataDir, "--read-bodies"]);
      expect(checked).toMatchObject({ code: 0 });
    } finally {
      await gateway?.stop("SIGKILL");
      await beside.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
);

const nothing = "nothing is stored";
const noConfiguration = "nobody can configure what it deletes";

/** Operations that change something and are in no life, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  "S3 OptionsObject": nothing,
  "S3 DeleteBucketAnalyticsConfiguration": noConfiguration,
  "S3 DeleteBucketIntelligentTieringConfiguration": noConfiguration,
  "S3 DeleteBucketMetricsConfiguration": noConfiguration,
  "S3 DeleteBucketReplication": noConfiguration,
  "S3 PutBucketAccelerateConfiguration": nothing,
  "Organizations MoveAccount": "nothing is stored: there is one place",
  "Access-Analyzer UpdateAnalyzer": nothing,
  "s3-credentials RotateKeyring": "there is one keyring, so no twin: keyring-writer.ts",
};

test("every operation that changes something is in a life that is cut off, or it is said why not", () => {
  const report = "GenerateCredentialReport";
  const changing = Object.entries(operationTables).flatMap(([service, table]) =>
    Object.entries(table)
      .filter(([, row]) => !("notImplemented" in row))
      .map(([operation]) => ({ name: `${service} ${operation}`, ...eventKind(service.toLowerCase(), operation) }))
      // A report is "read" in the catalog of actions, but it is stored.
      .filter(({ readOnly, showsAnswer, eventName }) => !readOnly || showsAnswer || eventName === report)
      .map(({ name }) => name),
  );
  const lived = lives.flatMap(({ service, steps }) =>
    steps.map((step) => `${step.service ?? service} ${step.operation}`),
  );
  expect(changing.filter((name) => !lived.includes(name) && elsewhere[name] === undefined)).toEqual([]);
  expect(Object.keys(elsewhere).filter((name) => !changing.includes(name))).toEqual([]);
  expect(lived.filter((name) => !changing.includes(name) || elsewhere[name] !== undefined)).toEqual([]);
});
