// What the record costs: CPU time of a warm gateway per request, sixteen at a time, beside the same gateway whose record was taken out.
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join, resolve } from "node:path";
import { signRequest } from "../packages/protocol/dist/index.js";
import { startGateway } from "./gateway.mjs";
import { compare, printTable } from "./measure.mjs";

// Many short rounds: what else the machine does changes from second to second, and the median of 25 rounds hardly follows it.
const requests = Number(process.env.REQUESTS ?? 300);
const rounds = 25;
const warmUp = 3000;
const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Microseconds of CPU that all threads of the process have used. */
function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}

/** A copy of the built command that records nothing. It lies below node_modules, where it finds its dependencies. */
function withoutRecord() {
  const folder = mkdtempSync(resolve("node_modules/.bench-"));
  const [cli, gateway] = [join(folder, "cli"), join(folder, "cli/node_modules/@s3-credentials/gateway")];
  for (const name of ["package.json", "bin", "bundle"])
    cpSync(join("packages/cli", name), join(cli, name), { recursive: true });
  for (const name of ["package.json", "bundle"])
    cpSync(join("packages/gateway", name), join(gateway, name), { recursive: true });
  const file = join(gateway, "bundle/index.js");
  const code = readFileSync(file, "utf8");
  const recorder = /=[\w$]+\.recorder\(([\w$]+),([\w$]+)\)/;
  if (!recorder.test(code)) throw new Error("bench: the bundle has no recorder to take out");
  const nothing = "=(ports=>({portsFor:async()=>ports,finish:async(a,b,outcome)=>outcome}))($2($1))";
  writeFileSync(file, code.replace(recorder, nothing));
  return { program: join(cli, "bin/s3-credentials.js"), remove: () => rmSync(folder, { recursive: true }) };
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

async function perRequest(gateway, what) {
  const before = cpuOf(gateway.pid);
  await sendMany(gateway, what, requests);
  return (cpuOf(gateway.pid) - before) / requests;
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
  "GET of 1 KiB": () => ({ path: "/bench/key" }),
  "GET, denied": (nobody) => ({ path: "/bench/key", keys: nobody, status: 403 }),
  GetUser: () => iam("GetUser", "&UserName=nobody"),
};

export async function run() {
  const bare = withoutRecord();
  const gateways = {
    "no record": await startGateway(undefined, [], bare.program),
    "as it is": await startGateway(),
    "all data events": await startGateway(undefined, ["--data-events"]),
  };
  const nobody = new Map();
  for (const gateway of Object.values(gateways)) nobody.set(gateway, await prepare(gateway));
  for (const [call, what] of Object.entries(calls)) {
    const rivals = Object.entries(gateways).filter(([name]) => call === "GET of 1 KiB" || name !== "all data events");
    for (const [, gateway] of rivals) await sendMany(gateway, what(nobody.get(gateway)), warmUp);
    const medians = await compare(
      Object.fromEntries(rivals.map(([name, gateway]) => [name, () => perRequest(gateway, what(nobody.get(gateway)))])),
      rounds,
    );
    printTable(`events: ${call}, CPU time of the gateway`, "µs a request", medians);
  }
  agent.destroy();
  for (const gateway of Object.values(gateways)) await gateway.stop();
  bare.remove();
}
