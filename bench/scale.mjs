// What becomes of ten million principals and ten thousand gateways on one database: measured costs, played through with what they add up to.
import { median, printRows } from "./measure.mjs";
import { measureDatabase } from "./scale/measure-database.mjs";
import { acknowledgementMs, databaseLoad, missShare } from "./scale/simulate.mjs";

/** What a busy gateway has to do. Each figure stands in docs/design/scale.md with where it is from. */
const base = {
  principals: 10_000_000,
  accounts: 20_000,
  gateways: 10_000,
  requestsPerGateway: 1500,
  /** Zipf: a tenth of the principals makes about 60 percent of the requests. */
  skew: 0.8,
  /** One change of a user, role or policy for each principal in a month. */
  changesPerSecond: 4,
  sessionsPerSecond: 500,
  cacheEntries: 30_000,
  /** Of a key that this gateway has not seen, in an account that it has: counted by `postgres-cost.test.ts`. */
  statementsPerMiss: 8,
  leaseSeconds: 5,
  renewEverySeconds: 1,
  driftSeconds: 0.05,
  /** Of up to 25, those of a gateway that mostly answers from memory. */
  connectionsPerGateway: 4,
  networkMs: 0.5,
  awayShare: 0.000_01,
  databaseCores: 32,
  forgets: "everything",
  routes: "any",
};

const steps = [
  ["as it is", {}],
  ["a change forgets its account", { forgets: "account" }],
  ["a change forgets its principal", { forgets: "principal" }],
  ["and requests go by key", { forgets: "principal", routes: "by key" }],
  ["and 100 relays", { forgets: "principal", routes: "by key", relays: 100 }],
];

const size = (count) => ({
  gateways: count,
  principals: count * 1000,
  accounts: count * 2,
  changesPerSecond: (base.changesPerSecond * count) / base.gateways,
  sessionsPerSecond: (base.sessionsPerSecond * count) / base.gateways,
});

function rowOf(name, fleet, measured) {
  const misses = missShare(fleet);
  const { cores, connections, gib } = databaseLoad(fleet, measured, misses);
  const all = Object.values(cores).reduce((sum, one) => sum + one, 0);
  const [most] = Object.entries(cores).toSorted((left, right) => right[1] - left[1])[0];
  const waits = Array.from({ length: 101 }, (_, seed) => acknowledgementMs(fleet, measured, seed + 1));
  return [
    name,
    `${(misses * 100).toFixed(1)}%`,
    all.toFixed(2),
    most,
    connections.toLocaleString("en"),
    gib.toFixed(gib < 10 ? 1 : 0),
    median(waits).toFixed(0),
    Math.max(...waits).toFixed(0),
  ];
}

const head = [
  "requests that ask the database",
  "cores busy",
  "mostly with",
  "connections",
  "GiB",
  "ms to acknowledge",
  "worst",
];

export async function run() {
  const measured = await measureDatabase();
  printRows([
    ["the database, measured", ""],
    ...Object.entries(measured).map(([name, value]) => [name, value.toFixed(2)]),
  ]);
  const sizes = [3, 10, 100, 1000, 10_000].map((count) => [count.toLocaleString("en"), size(count)]);
  printRows([["gateways", ...head], ...sizes.map(([name, more]) => rowOf(name, { ...base, ...more }, measured))]);
  printRows([
    [`${base.gateways.toLocaleString("en")} gateways`, ...head],
    ...steps.map(([name, more]) => rowOf(name, { ...base, ...more }, measured)),
  ]);
}
