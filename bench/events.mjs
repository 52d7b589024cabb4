// What the record costs: CPU time of a warm gateway per request, sixteen at a time, beside the same process with its record switched off.
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signRequest } from "../packages/protocol/dist/index.js";
import { startGateway } from "./gateway.mjs";
import { median, printRows, takeTurns } from "./measure.mjs";

/** In one round. The first ones after a pause cost more than the rest, and shorter rounds would measure little else. */
const requests = Number(process.env.REQUESTS ?? 4000);
const rounds = 9;
/** Each process compiles its code in its own way. */
const starts = 3;
const warmUp = 5000;
/** Longer than events are gathered for one write. */
const settleMs = 300;
const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Microseconds of CPU that all threads of the process have used. */
function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}

/**
 * A copy of the built command whose record is switched off and on by a signal. Two processes of the same program differ by a tenth,
 * because each compiles its code in its own way; one process that is switched differs by what the record does. The copy lies below
 * node_modules, where it finds its dependencies.
 */
function switchedRecord() {
  const folder = mkdtempSync(resolve("node_modules/.bench-"));
  const [cli, gateway] = [join(folder, "cli"), join(folder, "cli/node_modules/@s3-credentials/gateway")];
  for (const name of ["package.json", "bin", "bundle"])
    cpSync(join("packages/cli", name), join(cli, name), { recursive: true });
  for (const name of ["package.json", "bundle"])
    cpSync(join("packages/gateway", name), join(gateway, name), { recursive: true });
  const recorder = /\bports:([\w$]+),([^{}]*)\brecord:([\w$]+),strictRegion/;
  const bundle = join(gateway, "bundle");
  const file = readdirSync(bundle)
    .filter((name) => name.endsWith(".js"))
    .map((name) => join(bundle, name))
    .find((path) => recorder.test(readFileSync(path, "utf8")));
  if (file === undefined) throw new Error("bench: the bundle has no recorder to switch");
  const switched = readFileSync(file, "utf8").replace(recorder, "ports:$1,$2record:switchedRecord($3,$1),strictRegion");
  writeFileSync(file, `${switched}\n${switchable.toString().replace("switchable", "switchedRecord")}`);
  return { program: join(cli, "bin/s3-credentials.js"), remove: () => rmSync(folder, { recursive: true }) };
}

/** Runs in the gateway. */
function switchable(record, ports) {
  let isOn = true;
  process.on("SIGUSR2", () => (isOn = !isOn));
  return {
    portsFor: (call, facts) => (isOn ? record.portsFor(call, facts) : ports),
    finish: (call, facts, outcome) => (isOn ? record.finish(call, facts, outcome) : outcome),
    addSignIn: (event) => record.addSignIn(event),
  };
}

function send(gateway, { method = "GET", path, service = "s3", body = "", keys }) {
  const { host } = new URL(gateway.endpoint);
  const form = service === "s3" ? [] : [["content-type", "application/x-www-form-urlencoded"]];
  const headers = [["host", host], ...form];
  const place = { region: "us-east-1", service, time: Date.now() };
  const signed = signRequest({ method, path, query: "", headers }, sha256(body), keys ?? keysOf(gateway), place);
  return new Promise((resolve, reject) => {
    const all = Object.fromEntries([...headers, ...signed]);
    const sent = request(`${gateway.endpoint}${path}`, { method, agent, headers: all }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const keysOf = ({ env }) => ({ accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY });
const iam = (action, more = "") => ({
  method: "POST",
  path: "/",
  service: "iam",
  body: `Action=${action}&Version=2010-05-08${more}`,
});

async function sendMany(gateway, what, count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const { status } = await send(gateway, what);
      if (status !== (what.status ?? 200)) throw new Error(`bench: ${what.path} was answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

/** With what the record writes after the answers. */
async function perRequest(gateway, what) {
  const before = cpuOf(gateway.pid);
  await sendMany(gateway, what, requests);
  await sleep(settleMs);
  return (cpuOf(gateway.pid) - before) / requests;
}

/** The record is on before it and after it. */
async function withoutRecord(gateway, run) {
  const flip = async () => {
    process.kill(gateway.pid, "SIGUSR2");
    await sleep(settleMs);
  };
  await flip();
  const value = await run();
  await flip();
  return value;
}

async function prepare(gateway) {
  await send(gateway, { method: "PUT", path: "/bench" });
  await send(gateway, { method: "PUT", path: "/bench/key", body: "x".repeat(1024) });
  await send(gateway, iam("CreateUser", "&UserName=nobody"));
  const { text } = await send(gateway, iam("CreateAccessKey", "&UserName=nobody"));
  const of = (name) => new RegExp(`<${name}>([^<]+)`).exec(text)[1];
  return { accessKeyId: of("AccessKeyId"), secretAccessKey: of("SecretAccessKey") };
}

const calls = {
  "GET of 1 KiB": { what: () => ({ path: "/bench/key" }) },
  "GET of 1 KiB, all data events": { what: () => ({ path: "/bench/key" }), args: ["--data-events"] },
  "GET, denied": { what: (nobody) => ({ path: "/bench/key", keys: nobody, status: 403 }) },
  GetUser: { what: () => iam("GetUser", "&UserName=nobody") },
};

export async function run() {
  const { program, remove } = switchedRecord();
  const table = [["events: CPU time of the gateway", "µs a request", "without record", "ratio", "ratio by start"]];
  for (const [call, { what, args = [] }] of Object.entries(calls)) {
    if (!call.includes(process.env.CALL ?? "")) continue;
    const taken = [];
    for (let start = 0; start < starts; start += 1) taken.push(await takenBy(program, args, what));
    // A round's two figures are of the same second; between rounds the machine may get twice as slow.
    const ratio = (pairs) => median(pairs.map(([without, as]) => as / without)).toFixed(2);
    const pairs = taken.flat();
    const us = (at) => median(pairs.map((pair) => pair[at])).toFixed(0);
    table.push([call, us(1), us(0), ratio(pairs), taken.map(ratio).join(" ")]);
  }
  printRows(table);
  agent.destroy();
  remove();
}

/** For each round, µs of CPU a request without the record, and as it is. */
async function takenBy(program, args, what) {
  const gateway = await startGateway(undefined, ["--workers", "1", ...args], program);
  const asked = what(await prepare(gateway));
  await sendMany(gateway, asked, warmUp);
  await withoutRecord(gateway, () => sendMany(gateway, asked, warmUp));
  const rivals = {
    without: () => withoutRecord(gateway, () => perRequest(gateway, asked)),
    as: () => perRequest(gateway, asked),
  };
  const { without, as } = await takeTurns(rivals, rounds);
  await gateway.stop();
  return without.map((one, round) => [one, as[round]]);
}
