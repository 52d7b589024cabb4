// What encryption at rest costs: PUT and GET of plain and encrypted objects on one gateway in one run, sixteen at a time, by the CPU time
// of the gateway.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { signRequest } from "../packages/protocol/dist/index.js";
import { startGateway } from "./gateway.mjs";
import { compare, printTable } from "./measure.mjs";

const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const sizes = { "1 KiB": [1024, 400], "64 KiB": [64 * 1024, 200], "8 MiB": [8 * 1024 ** 2, 16] };
const rounds = Number(process.env.ROUNDS ?? 9);
const kinds = { plain: [], "SSE-S3": [["x-amz-server-side-encryption", "AES256"]] };

/** Milliseconds of CPU that all threads of the process have used. */
function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}

function send({ endpoint, env }, method, path, body, more = []) {
  const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const headers = [["host", new URL(endpoint).host], ...more];
  const place = { region: "us-east-1", service: "s3", time: Date.now() };
  const signed = signRequest({ method, path, query: "", headers }, "UNSIGNED-PAYLOAD", keys, place);
  const length = body === undefined ? {} : { "content-length": body.length };
  return new Promise((done, fail) => {
    const all = { ...Object.fromEntries([...headers, ...signed]), ...length };
    const sent = request(`${endpoint}${path}`, { method, agent, headers: all }, (answer) => {
      let received = 0;
      answer.on("data", (chunk) => (received += chunk.length));
      answer.on("end", () => (answer.statusCode === 200 ? done(received) : fail(new Error(`${answer.statusCode}`))));
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

async function timed(gateway, count, one) {
  const begun = cpuOf(gateway.pid);
  let left = count;
  const worker = async () => {
    while (left > 0) await one((left -= 1) % connections);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return cpuOf(gateway.pid) - begun;
}

export async function run() {
  const gateway = await startGateway();
  await send(gateway, "PUT", "/bench");
  for (const [name, [size, count]] of Object.entries(sizes)) {
    const body = randomBytes(size);
    const rivals = (one) =>
      Object.fromEntries(
        Object.entries(kinds).map(([kind, headers]) => [
          kind,
          () => timed(gateway, count, (n) => one(`/bench/${kind}-${size}-${n}`, headers)),
        ]),
      );
    const put = await compare(
      rivals((path, headers) => send(gateway, "PUT", path, body, headers)),
      rounds,
    );
    printTable(`PUT of ${name}, ${count} a round`, "ms of CPU", put);
    const get = await compare(
      rivals((path) => send(gateway, "GET", path)),
      rounds,
    );
    printTable(`GET of ${name}, ${count} a round`, "ms of CPU", get);
  }
  await gateway.stop();
  agent.destroy();
}
