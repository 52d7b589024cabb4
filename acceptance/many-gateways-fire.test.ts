/** Three gateways behind haproxy, over one PostgreSQL and a Ceph, while processes are killed and stand still, again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { seededRandom, testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { administer } from "../packages/gateway/test/stores/postgres-items.ts";
import { startCeph } from "./ceph.ts";
import type { RunningGateway } from "./gateway.ts";
import { startHaproxy } from "./haproxy.ts";
import { prepareSharedGateways } from "./shared-gateways.ts";
import { type Fire, failsBy } from "./under-fire/fires.ts";
import { type Progress, underFire } from "./under-fire/under-fire.ts";

const isLong = process.env["TEST_RUNS"] !== undefined;
/** Each round has all fires. */
const rounds = Number(process.env["FIRE_ROUNDS"] ?? 3);

test.runIf(isLong)("nothing that was acknowledged is lost, and nobody is let in who was shut out", async () => {
  onTestFailed(() => console.error(`the same choices and delays once more: TEST_SEED=${testSeed}`));
  const ceph = await startCeph();
  onTestFinished(() => ceph.stop());
  const shared = await prepareSharedGateways(ceph);
  onTestFinished(() => shared.stop());
  const { postgres } = shared;
  const names = ["a", "b", "c"];
  const running = new Map<string, RunningGateway>();
  onTestFinished(async () => {
    for (const gateway of running.values()) await gateway.stop();
  });
  const start = async (name: string): Promise<void> => void running.set(name, await shared.start(name));
  for (const name of names) await start(name);
  const balancer = await startHaproxy([...running.values()]);
  onTestFinished(() => balancer.stop());
  const random = seededRandom("fires");
  const someTime = (): Promise<void> => sleep(random(1500));

  function* fires({ revocations, allReady }: Progress): Generator<Fire> {
    const killGateway = (name: string): Fire => ({
      name: `${name} is killed`,
      allows: failsBy.kill,
      async run() {
        await running.get(name)?.stop("SIGKILL");
        await someTime();
        await start(name);
      },
    });
    const pauseGateway = (name: string): Fire => ({
      name: `${name} stands still`,
      allows: failsBy.outage, // a write of its own that the server has ended
      async run() {
        process.kill(running.get(name)?.pid ?? 0, "SIGSTOP");
        await revocations(1); // which had to wait until its lease was over
        process.kill(running.get(name)?.pid ?? 0, "SIGCONT");
      },
    });
    const outages: readonly Fire[] = [
      {
        name: "PostgreSQL is killed",
        allows: failsBy.outage,
        async run() {
          await postgres.kill();
          await allReady(false);
          await someTime();
          await postgres.start();
        },
      },
      {
        name: "PostgreSQL loses one connection, and with it all",
        allows: failsBy.outage,
        lingers: true,
        async run() {
          const query = "SELECT pid FROM pg_stat_activity WHERE application_name = 's3-credentials' LIMIT 1";
          const [row] = (await administer(postgres.address, "public", query)) as { readonly pid: number }[];
          process.kill(row?.pid ?? 0, "SIGKILL");
        },
      },
      {
        name: "PostgreSQL stands still",
        allows: failsBy.outage,
        async run() {
          postgres.pause();
          await allReady(false);
          await someTime();
          postgres.resume();
        },
      },
      {
        name: "the engine stands still",
        allows: failsBy.outage,
        async run() {
          ceph.s3.signal("SIGSTOP");
          await allReady(false);
          ceph.s3.signal("SIGCONT");
        },
      },
      {
        name: "the engine is killed",
        allows: failsBy.outage,
        async run() {
          ceph.s3.signal("SIGKILL");
          await allReady(false);
          await revocations(1); // keys can be taken away without an engine
          await ceph.s3.restart();
        },
      },
      {
        name: "PostgreSQL and a gateway are killed",
        allows: failsBy.outage,
        async run() {
          const name = names[random(names.length)] ?? "";
          await Promise.all([running.get(name)?.stop("SIGKILL"), postgres.kill()]);
          await postgres.start();
          await start(name);
        },
        lingers: true,
      },
    ];
    for (let round = 0; round < rounds; round += 1) {
      const left = [...names.map(killGateway), ...names.map(pauseGateway), ...outages];
      while (left.length > 0) yield* left.splice(random(left.length), 1);
    }
  }

  const seen = await underFire({ gateways: () => [...running.values()], balancer, fires, workers: 3 });
  console.error(`seed ${testSeed}: ${seen}`);
  for (const gateway of running.values()) expect(gateway.log()).not.toContain(shared.password);
});
