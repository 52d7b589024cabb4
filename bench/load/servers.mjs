// The servers that a bench of requests compares: gateways by the options of its command line, and a bare server for each Node.
import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { command, startGateway } from "../gateway.mjs";
import { prepareAccount } from "./account.mjs";

const options = {
  size: { type: "string", multiple: true },
  rivals: { type: "string" },
  seconds: { type: "string", default: "1" },
  rounds: { type: "string", default: "9" },
  node: { type: "string", multiple: true },
  program: { type: "string", multiple: true },
  workers: { type: "string", multiple: true },
  /** Options of `serve`, in one word: `--serve= "--serve=--metrics-port 0"`. */
  serve: { type: "string", multiple: true },
  /** Options of Node, in one word, as those of `serve`. */
  flags: { type: "string", multiple: true },
  /** A folder for CPU profiles of the gateways, written when they stop. */
  profile: { type: "string" },
};
const units = { "": 1, KiB: 1024, MiB: 1024 ** 2 };

export function bytesOf(text) {
  const [, count, unit] = /^(\d+) ?(KiB|MiB|)$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`--size ${text}: write 1KiB, 64KiB or 8MiB`);
  return Number(count) * units[unit];
}

/** A path, or the number of a release that the tests install. */
function nodeAt(text) {
  const file = /^\d+$/.test(text) ? resolve(`acceptance/runtimes/node_modules/node-${text}/bin/node`) : resolve(text);
  if (!existsSync(file))
    throw new Error(`--node ${text}: no ${file}; \`npm ci --prefix acceptance/runtimes\` installs 20, 22 and 24`);
  return { name: `Node ${execFileSync(file, ["--version"], { encoding: "utf8" }).trim()}`, value: file };
}

/** The command itself, or a checkout that is built. */
function programAt(path) {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return resolve(isFolder ? join(path, "packages/cli/bin/s3-credentials.js") : path);
}

/** A list of one stays without a name in the table. */
function named(list, value) {
  return list.map((text) => ({ name: list.length > 1 ? text : "", value: value(text) }));
}

function wordsOf(text) {
  return text.split(" ").filter((word) => word !== "");
}

function servingsOf({ workers, serve }) {
  if (workers !== undefined)
    return named(workers, (n) => ["--workers", n]).map((one) => ({
      ...one,
      name: one.name === "" ? "" : `${one.name} workers`,
    }));
  return named(serve ?? [""], wordsOf);
}

/** Options that are repeated are compared with each other. */
export function readOptions(args) {
  const { values } = parseArgs({ args, options });
  const programs = values.program ?? [command];
  return {
    sizes: values.size?.map(bytesOf),
    rivals: values.rivals?.split(","),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    nodes: values.node?.map(nodeAt) ?? [{ name: "", value: process.execPath }],
    programs: named(programs, programAt),
    servings: servingsOf(values),
    flags: named(values.flags ?? [""], wordsOf),
    profile: values.profile === undefined ? undefined : resolve(values.profile),
  };
}

export async function startBare(node) {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-bare-"));
  const child = fork(join(import.meta.dirname, "bare-server.mjs"), [folder], { execPath: node });
  const port = await new Promise((done, fail) => {
    child.once("message", done);
    child.once("exit", () => fail(new Error("the bare server did not start")));
  });
  return {
    port,
    pid: child.pid,
    stop() {
      child.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

async function startOne({ node, program, args, flags }) {
  const gateway = await startGateway(undefined, args, program, [node, ...flags]);
  const port = Number(new URL(gateway.endpoint).port);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = gateway.env;
  const admin = { accessKeyId, secretAccessKey };
  const keys = await prepareAccount({ port, admin, accountId: gateway.accountId });
  return { port, pid: gateway.pid, admin, ...keys, stop: () => gateway.stop() };
}

/** A group for each Node: its bare server, and its gateways. */
export async function startServers({ nodes, programs, servings, flags, profile }) {
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const groups = [];
  for (const node of nodes) {
    const gateways = [];
    for (const program of programs)
      for (const serving of servings)
        for (const flag of flags) {
          const own = [...profiling, ...flag.value];
          const one = await startOne({ node: node.value, program: program.value, args: serving.value, flags: own });
          const suffix = [program.name, serving.name, flag.name].filter((part) => part !== "");
          gateways.push({ ...one, suffix });
        }
    groups.push({
      suffix: node.name === "" ? [] : [node.name],
      bare: await startBare(node.value),
      gateways,
    });
  }
  return groups;
}

export async function stopServers(groups) {
  for (const { bare, gateways } of groups) {
    bare.stop();
    for (const gateway of gateways) await gateway.stop();
  }
}
