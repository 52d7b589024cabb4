// What a backup of a gateway that works does to its requests, and how long it takes.
// BENCH_OBJECTS: how many small objects there are, and a tenth of it larger ones; `BACKUP_TO`: a folder, perhaps of another disk.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command, startGateway } from "./gateway.mjs";
import { send } from "./hostile/signed-request.mjs";
import { median, printRows } from "./measure.mjs";

const objects = Number(process.env.BENCH_OBJECTS ?? 20_000);
const rounds = 7;
const callers = 4;

async function put(target, path, body, agent) {
  const { status, text } = await send(target, { method: "PUT", path, keys: target.admin, body, agent });
  if (status !== 200) throw new Error(`PUT ${path}: ${status} ${text.slice(0, 200)}`);
}

async function fill(target) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  await put(target, "/kept", "", agent);
  const [small, large] = ["x".repeat(4096), "x".repeat(100_000)];
  for (let at = 0; at < objects; at += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, one) =>
        put(target, `/kept/${at + one}`, (at + one) % 10 === 0 ? large : small, agent),
      ),
    );
  agent.destroy();
}

/** Latencies in ms of callers that write and read one after the other, until `isOver`. */
async function measure(target, isOver) {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const latencies = { GET: [], PUT: [] };
  const call = async (caller) => {
    for (let at = 0; !isOver(); at += 1) {
      const method = at % 2 === 0 ? "PUT" : "GET";
      const begun = performance.now();
      const { status } = await send(target, {
        method,
        path: `/kept/again-${caller}-${Math.floor(at / 2) % 50}`,
        keys: target.admin,
        agent,
        body: method === "PUT" ? "x".repeat(at % 20 === 0 ? 100_000 : 4096) : "",
      });
      if (status !== 200) throw new Error(`${method}: ${status}`);
      latencies[method].push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  agent.destroy();
  return latencies;
}

function summary(latencies) {
  const sorted = latencies.toSorted((a, b) => a - b);
  return { p50: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)], worst: sorted.at(-1) };
}

async function backUp(gateway, to) {
  const begun = performance.now();
  const words = [command, "backup", "--data", join(gateway.home, "data"), "--to", to];
  const child = spawn(process.execPath, words, { env: gateway.env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`backup: ${said}`);
  return { ms: performance.now() - begun, said: said.trim() };
}

export async function run() {
  const gateway = await startGateway();
  const place = mkdtempSync(join(process.env.BACKUP_TO ?? gateway.home, "backups-"));
  const target = {
    port: Number(new URL(gateway.endpoint).port),
    admin: { accessKeyId: gateway.env.AWS_ACCESS_KEY_ID, secretAccessKey: gateway.env.AWS_SECRET_ACCESS_KEY },
  };
  try {
    await fill(target);
    const seen = { quiet: [], backup: [] };
    const times = [];
    let said = "";
    for (let round = 0; round <= rounds; round += 1) {
      let isOver = false;
      const work = measure(target, () => isOver);
      const made = await backUp(gateway, join(place, String(round)));
      isOver = true;
      const during = await work;
      isOver = false;
      const quiet = measure(target, () => isOver);
      await sleep(made.ms);
      isOver = true;
      const without = await quiet;
      if (round === 0) continue; // warm
      seen.backup.push(during);
      seen.quiet.push(without);
      times.push(made.ms);
      said = made.said;
    }
    const rows = [["latency, ms", "quiet", "backup", "ratio"]];
    for (const method of ["PUT", "GET"])
      for (const measured of ["p50", "p99", "worst"]) {
        const [quiet, backup] = [seen.quiet, seen.backup].map((some) =>
          median(some.map((latencies) => summary(latencies[method])[measured])),
        );
        rows.push([`${method} ${measured}`, quiet.toFixed(1), backup.toFixed(1), (backup / quiet).toFixed(2)]);
      }
    printRows(rows);
    console.log(`a backup: ${median(times).toFixed(0)} ms. ${said}`);
  } finally {
    await gateway.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
