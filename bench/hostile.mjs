// What one hostile client, and sixty, do to the latency of another one. Everything stays on this machine, and every loop has an end.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Agent } from "node:http";
import { attacks } from "./hostile/attacks.mjs";
import { prepare } from "./hostile/prepare.mjs";
import { send } from "./hostile/signed-request.mjs";
import { startGateway } from "./gateway.mjs";

const seconds = Number(process.env.BENCH_SECONDS ?? 3);

/** Latencies of a well-behaved client that reads and writes small objects, one after the other, in ms. */
async function measure(target, until) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const latencies = [];
  const refused = {};
  while (Date.now() < until) {
    const begun = performance.now();
    const method = latencies.length % 4 === 3 ? "PUT" : "GET";
    const body = method === "PUT" ? target.small : "";
    const { status } = await send(target, { method, path: "/good/small", keys: target.admin, agent, body });
    latencies.push(performance.now() - begun);
    if (status !== 200) refused[status] = (refused[status] ?? 0) + 1;
    await new Promise((done) => setTimeout(done, 5));
  }
  agent.destroy();
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    worst: sorted.at(-1) ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    requests: sorted.length,
    refused,
  };
}

async function attacked(target, name, clients) {
  const worker = new Worker(new URL("./hostile/attacker.mjs", import.meta.url), {
    workerData: { target, name, clients },
  });
  await once(worker, "message"); // ready
  const until = Date.now() + seconds * 1000;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(until);
  const report = once(worker, "message");
  const good = await measure(target, until);
  const [answers] = await report;
  return { good, report: answers };
}

function row(cells) {
  const widths = [34, 8, 9, 9, 8, 10];
  return cells
    .map((cell, column) => String(cell).padEnd(widths[column] ?? 0))
    .join("  ")
    .trimEnd();
}

function counts(statuses) {
  const parts = Object.entries(statuses).map(([status, count]) => `${count} x ${status}`);
  return parts.length === 0 ? "-" : parts.join(", ");
}

export async function run() {
  const gateway = await startGateway();
  try {
    const target = await prepare(gateway);
    await measure(target, Date.now() + 1000); // warm
    console.log(row(["hostile", "clients", "worst ms", "p99 ms", "x quiet", "requests", "answers to the attack"]));
    for (const name of Object.keys(attacks)) {
      for (const clients of [1, 60]) {
        const quiet = await measure(target, Date.now() + seconds * 1000);
        const { good, report } = await attacked(target, name, clients);
        const ratio = (good.worst / quiet.worst).toFixed(1);
        const late = counts(good.refused) === "-" ? "" : `; refused to the other client: ${counts(good.refused)}`;
        console.log(
          row([`quiet, before ${name}`, "", quiet.worst.toFixed(0), quiet.p99.toFixed(0), "", quiet.requests]),
        );
        console.log(
          row([name, clients, good.worst.toFixed(0), good.p99.toFixed(0), ratio, good.requests, counts(report) + late]),
        );
      }
    }
  } finally {
    await gateway.stop();
  }
}
