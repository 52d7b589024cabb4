/** Three gateways are replaced by a newer version, one after the other, while clients work and the keyring is rotated. */
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { cliHere } from "./clients.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { startHaproxy } from "./haproxy.ts";
import { newerVersion } from "./newer-version.ts";
import { prepareSharedGateways } from "./shared-gateways.ts";
import { type Fire, failsBy } from "./under-fire/fires.ts";
import { type Progress, underFire } from "./under-fire/under-fire.ts";

const isLong = process.env["TEST_RUNS"] !== undefined;

test.runIf(isLong)("clients see nothing of a new version and of a new key", async () => {
  onTestFailed(() => console.error(`the same choices once more: TEST_SEED=${testSeed}`));
  const engine = await startGatewayHere();
  onTestFinished(async () => void (await engine.stop()));
  const shared = await prepareSharedGateways(engine);
  onTestFinished(() => shared.stop());
  const running = new Map<string, RunningGateway>();
  onTestFinished(async () => {
    for (const gateway of running.values()) await gateway.stop();
  });
  const names = ["a", "b", "c"];
  for (const name of names) running.set(name, await shared.start(name));
  const balancer = await startHaproxy([...running.values()]);
  onTestFinished(() => balancer.stop());
  const newer = newerVersion(shared.folder, { name: "9000-newer", isCompatible: true });
  const breaking = newerVersion(shared.folder, { name: "9001-breaking", isCompatible: false });

  function* fires({ revocations }: Progress): Generator<Fire> {
    const rotate: Fire = {
      name: "the keyring is rotated",
      allows: failsBy.nothing,
      async run() {
        const [gateway] = running.values();
        if (gateway === undefined) throw new Error("none runs");
        const words = ["keyring", "rotate", "--endpoint-url", gateway.endpoint];
        expect(await cliHere(gateway, words, { keys: gateway.admin })).toMatchObject({ code: 0 });
      },
    };
    for (const name of names) {
      yield {
        name: `${name} is replaced`,
        allows: failsBy.nothing,
        async run() {
          expect(await running.get(name)?.stop()).toBe(0);
          await revocations(1); // without it
          running.set(name, await shared.start(name, newer));
        },
      };
      yield rotate;
      yield {
        name: "a version with which none of them could live is started",
        allows: failsBy.nothing,
        async run() {
          await expect(shared.start("d", breaking)).rejects.toThrow(
            /gateways of an earlier version are running, and this version changes the database \(9001-breaking\); stop them, then start this one/,
          );
        },
      };
    }
  }
  console.error(await underFire({ gateways: () => [...running.values()], balancer, fires, workers: 3 }));

  for (const gateway of running.values()) await gateway.stop();
  running.clear();
  running.set("d", await shared.start("d", breaking));
  await expect(shared.start("a")).rejects.toThrow(
    /the database was written by a newer version \(it has the migration 9001-breaking\)/,
  );
});
