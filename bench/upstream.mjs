// What the gateway costs in front of another S3 engine: GET and PUT through it to Ceph's radosgw, beside radosgw alone and a bare server.
// `--engine gateway`: a second gateway is the engine, which takes seconds to start and answers faster than Ceph, so the first one is busy.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";
import { startGateway } from "./gateway.mjs";
import { bucket, call, nobody, prepareAccount, signedHead } from "./load/account.mjs";
import { drive } from "./load/drive.mjs";
import { printProfiles } from "./load/profile.mjs";
import { bytesOf, startBare } from "./load/servers.mjs";
import { median, printRows, takeTurns } from "./measure.mjs";

const KiB = 1024;
const options = {
  engine: { type: "string", default: "ceph" },
  size: { type: "string", multiple: true, default: ["1KiB", "1MiB", "8MiB"] },
  method: { type: "string", multiple: true, default: ["PUT", "GET"] },
  seconds: { type: "string", default: "0.6" },
  rounds: { type: "string", default: "5" },
  /** A folder for a CPU profile of the gateway, written when it stops. */
  profile: { type: "string" },
};
/** Before the first turn of a server its code is cold: with Ceph behind it, seconds pass before it has run a thousand times. */
const [firstWarmUpSeconds, warmUpSeconds] = [8, 0.3];
const objects = 16;
/** In the bucket of `prepareAccount`, where its user may read and write. */
const pathOf = (size, number) => `/${bucket}/g/${size}/${number % objects}`;

/** The engine of the acceptance tests. */
async function startCeph() {
  const file = resolve(mkdtempSync(resolve("node_modules/.bench-")), "ceph.mjs");
  const bundle = await rolldown({ input: "acceptance/ceph.ts", platform: "node" });
  await bundle.write({ file });
  await bundle.close();
  const { startCeph: start } = await import(pathToFileURL(file).href);
  rmSync(join(file, ".."), { recursive: true });
  return start();
}

const portOf = ({ endpoint }) => Number(new URL(endpoint).port);

/** `pid`, `behind`: its processes; `ceph` is both beside it and behind the gateway. */
async function startEngine(kind) {
  if (kind === "ceph") {
    const ceph = await startCeph();
    const [pid, ...behind] = ceph.pids.toReversed();
    return { name: "radosgw", endpoint: ceph.endpoint, pid, behind, keys: ceph.admin, stop: () => ceph.stop() };
  }
  if (kind !== "gateway") throw new Error(`--engine ${kind}: there are ceph and gateway`);
  const gateway = await startGateway();
  const { endpoint, pid, env } = gateway;
  return { name: "a second gateway", endpoint, pid, behind: [], keys: keysOf(env), stop: () => gateway.stop() };
}

function keysOf({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }) {
  return { accessKeyId, secretAccessKey };
}

async function startAll({ engine: kind, profile }) {
  const engine = await startEngine(kind);
  const { endpoint, pid, behind, keys } = engine;
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-bench-"));
  const credentials = join(home, "keys.ini");
  const text = `[default]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`;
  writeFileSync(credentials, text, { mode: 0o600 });
  const args = ["--upstream", endpoint, "--upstream-credentials", credentials];
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`];
  const gateway = await startGateway(undefined, args, undefined, [process.execPath, ...flags]);
  const port = portOf(gateway);
  const { user } = await prepareAccount({ port, admin: keysOf(gateway.env), accountId: gateway.accountId });
  const bare = await startBare(process.execPath);
  return {
    engineName: engine.name,
    servers: {
      bare: { ...bare, keys: nobody },
      alone: { port: portOf(engine), pid, behind, keys },
      through: { port, pid: gateway.pid, behind: [pid, ...behind], keys: user },
    },
    async stop() {
      bare.stop();
      await gateway.stop();
      await engine.stop();
      rmSync(home, { recursive: true });
    },
  };
}

function getOf({ port, keys }, size, isBare) {
  return (number) => [
    signedHead(port, keys, { method: "GET", path: isBare ? `/memory/${size}` : pathOf(size, number) }),
  ];
}

function putOf({ port, keys }, size) {
  const body = randomBytes(size);
  const sent = [["content-length", size]];
  return (number) => [signedHead(port, keys, { method: "PUT", path: pathOf(size, number), sent }), body];
}

/** MiB: the most that the process has had since the last call. */
function peakOf(pid) {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return Number(kib) / KiB;
}

/** The first column, and what is printed of the turns of one server. */
function rowOf(title, name, of, bareCpu) {
  const cpu = of("cpu");
  const isGateway = name !== "alone";
  return [
    title,
    isGateway ? cpu.toFixed(0) : "",
    isGateway ? (cpu / bareCpu).toFixed(1) : "",
    name === "bare" ? "" : (of("cpuBehind") + (isGateway ? 0 : cpu)).toFixed(0),
    of("perSecond").toFixed(0),
    of("p50").toFixed(2),
    of("p99").toFixed(2),
    of("peak").toFixed(0),
  ];
}

function turnOf(server, next, length, seconds) {
  let warmUp = firstWarmUpSeconds;
  return async () => {
    await drive(server, next, length, warmUp);
    warmUp = warmUpSeconds;
    peakOf(server.pid);
    return { ...(await drive(server, next, length, seconds)), peak: peakOf(server.pid) };
  };
}

async function fill({ port, keys }, size) {
  for (let number = 0; number < objects; number += 1)
    await call(port, keys, { method: "PUT", path: pathOf(size, number), body: randomBytes(size) });
}

export async function run(args) {
  const { values } = parseArgs({ args, options });
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  const started = await startAll(values);
  const { engineName, servers } = started;
  const names = { bare: "bare server", alone: `${engineName} alone`, through: "gateway before it" };
  const table = [
    [
      `through a gateway to ${engineName}`,
      "µs of CPU",
      "to bare",
      "µs of engine",
      "a second",
      "p50 ms",
      "p99 ms",
      "peak MiB",
    ],
  ];
  try {
    for (const sizeName of values.size) {
      const size = bytesOf(sizeName);
      await fill(servers.alone, size);
      for (const method of values.method) {
        const length = method === "PUT" ? 0 : size;
        const turns = Object.fromEntries(
          Object.entries(servers).map(([name, server]) => {
            const next = method === "PUT" ? putOf(server, size) : getOf(server, size, name === "bare");
            return [name, turnOf(server, next, length, seconds)];
          }),
        );
        const taken = await takeTurns(turns, rounds);
        const of = (name) => (field) => median(taken[name].map((turn) => turn[field]));
        for (const name of Object.keys(servers))
          table.push(rowOf(`${method} of ${sizeName}, ${names[name]}`, name, of(name), of("bare")("cpu")));
      }
    }
  } finally {
    await started.stop();
  }
  printRows(table);
  if (values.profile !== undefined) printProfiles(values.profile);
}
