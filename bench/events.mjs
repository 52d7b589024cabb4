// What the record costs: CPU time of the gateway per request, sixteen at a time, with and without data events; and what is always recorded.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { signRequest } from "../packages/protocol/dist/index.js";
import { startGateway } from "./gateway.mjs";
import { compare, printTable } from "./measure.mjs";

const requests = 300;
const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Microseconds of CPU that the process has used; the clock of Linux ticks a hundred times a second. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
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

async function perRequest(gateway, what) {
  const before = cpuOf(gateway.pid);
  let left = requests;
  const worker = async () => {
    while (left-- > 0) await send(gateway, what);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return (cpuOf(gateway.pid) - before) / requests;
}

export async function run() {
  const gateways = [await startGateway(), await startGateway(undefined, ["--data-events"])];
  const nobody = new Map();
  for (const gateway of gateways) {
    await send(gateway, { method: "PUT", path: "/bench" });
    await send(gateway, { method: "PUT", path: "/bench/key", body: "x".repeat(1024) });
    await send(gateway, iam("CreateUser", "&UserName=nobody"));
    const { text } = await send(gateway, iam("CreateAccessKey", "&UserName=nobody"));
    const of = (name) => new RegExp(`<${name}>([^<]+)`).exec(text)[1];
    nobody.set(gateway, { accessKeyId: of("AccessKeyId"), secretAccessKey: of("SecretAccessKey") });
  }
  const [off, on] = gateways;
  const get = { path: "/bench/key" };
  printTable(
    "events: CPU time of the gateway, 1 KiB objects, 16 connections",
    "µs a request",
    await compare({
      "GET, data events off": () => perRequest(off, get),
      "GET, data events on": () => perRequest(on, get),
      "GET, denied (always recorded)": () => perRequest(off, { ...get, keys: nobody.get(off) }),
      "GetUser (always recorded)": () => perRequest(off, iam("GetUser", "&UserName=nobody")),
    }),
  );
  agent.destroy();
  for (const gateway of gateways) await gateway.stop();
}
