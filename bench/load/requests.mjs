// What `gateway-get` and `gateway-put` share: rivals take turns on every server of a run, and a table for each size says what a request costs.
import { loadavg } from "node:os";
import { median, printRows, takeTurns } from "../measure.mjs";
import { drive } from "./drive.mjs";
import { printProfiles } from "./profile.mjs";
import { startServers, stopServers } from "./servers.mjs";

/** Before the first turn of a rival the code is cold. */
const [firstWarmUpSeconds, warmUpSeconds] = [3, 0.3];
const sizeNames = [
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
];

function sizeName(bytes) {
  const [unit, factor] = sizeNames.find(([, value]) => bytes % value === 0) ?? ["bytes", 1];
  return `${bytes / factor} ${unit}`;
}

function turnOf(rival, server, size, seconds) {
  let warmUp = firstWarmUpSeconds;
  return async () => {
    const next = rival.next(server, size);
    await drive(server, next, rival.length(size), warmUp);
    warmUp = warmUpSeconds;
    const measured = await drive(server, next, rival.length(size), seconds);
    await rival.after?.(server, size);
    return measured;
  };
}

/**
 * @param rivals name -> { reference?, from?, prepare?, next, length, after? }. Those without a reference are of the bare server.
 */
function turnsOf(rivals, groups, size, { seconds, rivals: wanted }) {
  const chosen = Object.entries(rivals).filter(
    ([name, { reference, from = 0 }]) =>
      size >= from && (wanted === undefined || wanted.includes(name) || reference === undefined),
  );
  return groups.flatMap(({ suffix, bare, gateways }) =>
    chosen.flatMap(([name, rival]) =>
      (rival.reference === undefined ? [{ ...bare, suffix: [] }] : gateways).map((server) => ({
        name: [name, ...suffix, ...server.suffix].join(", "),
        reference: [rival.reference ?? "bare", ...suffix].join(", "),
        prepare: () => rival.prepare?.(server, size),
        run: turnOf(rival, server, size, seconds),
      })),
    ),
  );
}

function printCosts(title, turns, taken) {
  const medians = new Map(
    turns.map(({ name }) => [name, (field) => median(taken[name].map((values) => values[field]))]),
  );
  const rows = turns.map(({ name, reference }) => {
    const of = medians.get(name);
    const ratio = of("cpu") / medians.get(reference)("cpu");
    const [p50, p99] = [of("p50"), of("p99")];
    const numbers = [
      of("cpu").toFixed(0),
      ratio.toFixed(2),
      of("perSecond").toFixed(0),
      p50.toFixed(2),
      p99.toFixed(2),
    ];
    return [name, ...numbers, (p99 / p50).toFixed(1)];
  });
  printRows([[title, "µs of CPU", "to bare", "a second", "p50 ms", "p99 ms", "p99/p50"], ...rows]);
}
export async function measureRequests(method, rivals, sizes, options) {
  const unknown = options.rivals?.find((name) => rivals[name] === undefined);
  if (unknown !== undefined) throw new Error(`--rivals ${unknown}: there are ${Object.keys(rivals).join(", ")}`);
  const groups = await startServers(options);
  try {
    for (const size of options.sizes ?? sizes) {
      const turns = turnsOf(rivals, groups, size, options);
      for (const { prepare } of turns) await prepare();
      const taken = await takeTurns(Object.fromEntries(turns.map(({ name, run }) => [name, run])), options.rounds);
      printCosts(`${method} of ${sizeName(size)}`, turns, taken);
    }
  } finally {
    await stopServers(groups);
  }
  if (options.profile !== undefined) printProfiles(options.profile);
  console.log(`load average at the end: ${loadavg()[0].toFixed(1)}`);
}
