// What the gateway costs in front of another S3 engine: GET and PUT through it to Ceph's radosgw, beside radosgw alone and a bare server.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { startGateway } from "./gateway.mjs";
import { bucket, call, nobody, prepareAccount, signedHead } from "./load/account.mjs";
import { drive } from "./load/drive.mjs";
import { startBare } from "./load/servers.mjs";
import { median, printRows, takeTurns } from "./measure.mjs";

const [KiB, MiB] = [1024, 1024 ** 2];
const sizes = [
  ["1 KiB", KiB],
  ["1 MiB", MiB],
  ["8 MiB", 8 * MiB],
];
const [rounds, seconds, warmUpSeconds] = [5, 0.6, 0.4];
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

async function startAll() {
  const ceph = await startCeph();
  const [engine, ...others] = ceph.pids.toReversed();
  const alone = { port: portOf(ceph), pid: engine, behind: others, keys: ceph.admin };
  const credentials = join(ceph.home, "keys.ini");
  const { accessKeyId, secretAccessKey } = ceph.admin;
  writeFileSync(
    credentials,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    { mode: 0o600 },
  );
  const options = ["--upstream", ceph.endpoint, "--upstream-credentials", credentials];
  const gateway = await startGateway(undefined, options);
  const port = portOf(gateway);
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = gateway.env;
  const { user } = await prepareAccount({
    port,
    admin: { accessKeyId: id, secretAccessKey: secret },
    accountId: gateway.accountId,
  });
  const through = { port, pid: gateway.pid, behind: ceph.pids, keys: user };
  const bare = { ...(await startBare(process.execPath)), keys: nobody };
  const stop = async () => {
    bare.stop();
    await gateway.stop();
    await ceph.stop();
  };
  return { bare, alone, through, stop };
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

export async function run() {
  const { stop, ...servers } = await startAll();
  const names = { bare: "bare server", alone: "radosgw alone", through: "gateway before it" };
  const table = [
    ["through a gateway to radosgw", "µs of CPU", "to bare", "µs of engine", "p50 ms", "p99 ms", "peak MiB"],
  ];
  try {
    for (const [sizeName, size] of sizes) {
      for (let number = 0; number < objects; number += 1)
        await call(servers.alone.port, servers.alone.keys, {
          method: "PUT",
          path: pathOf(size, number),
          body: randomBytes(size),
        });
      for (const method of ["PUT", "GET"]) {
        const turnOf = (name) => async () => {
          const server = servers[name];
          const next = method === "PUT" ? putOf(server, size) : getOf(server, size, name === "bare");
          const length = method === "PUT" ? 0 : size;
          await drive(server, next, length, warmUpSeconds);
          peakOf(server.pid);
          return { ...(await drive(server, next, length, seconds)), peak: peakOf(server.pid) };
        };
        const turns = Object.fromEntries(Object.keys(servers).map((name) => [name, turnOf(name)]));
        const taken = await takeTurns(turns, rounds);
        const of = (name, field) => median(taken[name].map((values) => values[field]));
        for (const name of Object.keys(servers)) {
          const isEngine = name === "alone";
          const cpu = of(name, "cpu");
          table.push([
            `${method} of ${sizeName}, ${names[name]}`,
            isEngine ? "" : cpu.toFixed(0),
            isEngine ? "" : (cpu / of("bare", "cpu")).toFixed(1),
            name === "bare" ? "" : (of(name, "cpuBehind") + (isEngine ? cpu : 0)).toFixed(0),
            of(name, "p50").toFixed(2),
            of(name, "p99").toFixed(2),
            of(name, "peak").toFixed(0),
          ]);
        }
      }
    }
  } finally {
    await stop();
  }
  printRows(table);
}
