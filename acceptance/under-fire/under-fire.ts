import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { makeBucket } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import type { LoadBalancer } from "../haproxy.ts";
import { WatchedClients } from "./attempts.ts";
import { type Fire, Fires } from "./fires.ts";
import { ObjectWork } from "./object-work.ts";
import { RightsWork } from "./rights-work.ts";

export interface Scene {
  /** Behind the balancer, as they are now: a fire may have started one anew. */
  readonly gateways: () => readonly RunningGateway[];
  readonly balancer: LoadBalancer;
  /** One after the other; between two of them all is well for a while. */
  readonly fires: (progress: Progress) => Iterable<Fire>;
  /** How many there are of each kind of worker. */
  readonly workers: number;
}

export interface Progress {
  /** Until so many rights more were taken away. */
  readonly revocations: (more: number) => Promise<void>;
  /** Until each gateway says so itself. */
  readonly allReady: (isReady: boolean) => Promise<void>;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

async function isReady({ metrics }: RunningGateway): Promise<boolean> {
  return fetch(`${metrics}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Says how much was done and seen. */
export async function underFire({ gateways, balancer, fires: plan, workers }: Scene): Promise<string> {
  const [first] = gateways();
  if (first === undefined) throw new Error("there is no gateway");
  const { admin, accountId } = first;
  await makeBucket({ ...first, endpoint: balancer.endpoint }, "shared", ["one"]);
  const clients = new WatchedClients(balancer.endpoint);
  const objects = new ObjectWork(clients, admin);
  const rights = new RightsWork(clients, admin, accountId);
  const allReady = (wanted: boolean): Promise<void> =>
    until(async () => (await Promise.all(gateways().map(isReady))).every((ready) => ready === wanted));
  const revocations = (more: number): Promise<void> => {
    const goal = rights.revoked + more;
    return until(() => rights.revoked >= goal);
  };
  const fires = new Fires(async () => {
    await allReady(true);
    await until(async () => (await balancer.up()) === gateways().length);
  });
  let isOver = false;
  const work = Promise.all(
    Array.from({ length: workers }, (_, number) =>
      [objects.write(number, () => isOver), objects.read(number, () => isOver)].concat(
        rights.change(number, () => isOver),
        rights.use(number, () => isOver),
      ),
    ).flat(),
  );
  try {
    for (const fire of plan({ revocations, allReady })) {
      const goal = objects.acknowledged + 5 * workers;
      await until(() => objects.acknowledged >= goal);
      await revocations(workers);
      await fires.burn(fire);
    }
    await revocations(workers);
  } finally {
    isOver = true;
    await work;
  }
  expect([...fires.unexplained(clients.failures), ...objects.violations, ...rights.violations]).toEqual([]);
  await objects.check();
  const direct = gateways().map(({ endpoint }) => new WatchedClients(endpoint));
  await rights.check(direct);
  expect(direct.flatMap(({ failures }) => failures)).toEqual([]);
  for (const one of [clients, ...direct]) one.destroy();
  const kinds = [...new Set(clients.failures.map(({ how }) => how))];
  return [
    `${clients.answered} answers, ${objects.acknowledged} writes and ${rights.revoked} revocations acknowledged`,
    ...kinds.map((kind) => `${kind}: ${clients.failures.filter(({ how }) => how === kind).length}`),
  ].join("; ");
}
