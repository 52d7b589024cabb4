// What the number of users costs: a directory of ten against one of 100,000. Start, memory, and a lookup of one user by IAM and by a key.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Agent } from "node:http";
import { join } from "node:path";
import { send } from "./hostile/signed-request.mjs";
import { startGateway } from "./gateway.mjs";
import { median, printTable } from "./measure.mjs";

/** The binding that the gateway has. */
const Libsql = createRequire(new URL("../packages/gateway/package.json", import.meta.url))("libsql");
export const many = Number(process.env.BENCH_USERS ?? 100_000);
const requests = 2000;
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU of a process so far, in ms: all its threads. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
}

function residentMiB(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

function targetOf(gateway) {
  const keys = {
    accessKeyId: gateway.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: gateway.env.AWS_SECRET_ACCESS_KEY,
  };
  return { port: Number(new URL(gateway.endpoint).port), keys, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
}

async function call(target, action, keys = target.keys) {
  const service = action.startsWith("Action=GetCallerIdentity") ? "sts" : "iam";
  const version = service === "sts" ? "2011-06-15" : "2010-05-08";
  const { status, text } = await send(target, {
    method: "POST",
    path: "/",
    body: `${action}&Version=${version}`,
    headers: [["content-type", "application/x-www-form-urlencoded"]],
    keys,
    service,
    agent: target.agent,
  });
  if (status !== 200) throw new Error(`${action}: ${status} ${text}`);
  return text;
}

const element = (text, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)[1];

/** The rows of one user with a policy and a key, made by the API, and as many others like it as the directory is to have. */
export async function prepare(users) {
  const gateway = await startGateway();
  const target = targetOf(gateway);
  await call(target, "Action=CreateUser&UserName=u0");
  const policy = encodeURIComponent(
    JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } }),
  );
  await call(target, `Action=PutUserPolicy&UserName=u0&PolicyName=all&PolicyDocument=${policy}`);
  const made = await call(target, "Action=CreateAccessKey&UserName=u0");
  const keys = { accessKeyId: element(made, "AccessKeyId"), secretAccessKey: element(made, "SecretAccessKey") };
  target.agent.destroy();
  await gateway.stop({ keep: true });
  const database = new Libsql(join(gateway.home, "data", "directory.db"));
  for (const copy of copies) multiply(database, copy, users);
  database.close();
  return { home: gateway.home, keys };
}

/** Per table: the column that says which user a row is of, and SQL of `n` for the columns that differ from row to row. */
const copies = [
  ["principals", "id", { id: "printf('AIDA%017d', n)", name: "'u' || n", ["folded"]: "'u' || n" }],
  ["inline_policies", "holder_id", { ["holder_id"]: "printf('AIDA%017d', n)" }],
  ["access_keys", "owner_id", { id: "printf('AKIA%016d', n)", owner_id: "printf('AIDA%017d', n)" }],
];

function multiply(database, [table, user, differing], users) {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
  const names = columns.map(({ name }) => name);
  database.exec(`
    WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ${users - 2})
    INSERT INTO ${table} (${names.join(", ")})
    SELECT ${names.map((name) => differing[name] ?? name).join(", ")} FROM ${table}, series
    WHERE ${user} = (SELECT id FROM principals WHERE kind = 'user' AND folded = 'u0')`);
}

/** CPU of the gateway for one request, in ms, after a warm-up; the requests come one after the other. */
async function perRequest(pid, action, count = requests) {
  for (let index = 0; index < Math.min(count, 1500); index += 1) await action(index);
  const begun = cpuMs(pid);
  for (let index = 0; index < count; index += 1) await action(index);
  return (cpuMs(pid) - begun) / count;
}

/** Milliseconds until an answer, in the median. `before`: what is done before each request, and not counted. */
async function latency(target, keys, before) {
  const taken = [];
  for (let index = 0; index < 200; index += 1) {
    await before(index);
    const begun = performance.now();
    await call(target, "Action=GetCallerIdentity", keys);
    taken.push(performance.now() - begun);
  }
  return median(taken);
}

/** `args`: of `serve`. The folder is removed, unless it is to be kept. */
export async function measureDirectory({ home, keys, users, args = [], keep = false }) {
  const gateway = await startGateway(home, args);
  const target = targetOf(gateway);
  const start = cpuMs(gateway.pid);
  const memory = residentMiB(gateway.pid);
  const { pid } = gateway;
  const spread = (index) => (index * 7919) % (users - 1);
  const figures = {
    "start, CPU ms": start,
    "memory after start, MiB": memory,
    "GetUser of one user, CPU ms": await perRequest(pid, () => call(target, "Action=GetUser&UserName=u0")),
    "GetUser of another each time, CPU ms": await perRequest(pid, (index) =>
      call(target, `Action=GetUser&UserName=u${spread(index)}`),
    ),
    "GetCallerIdentity by a user's key, CPU ms": await perRequest(pid, () =>
      call(target, "Action=GetCallerIdentity", keys),
    ),
    "ListUsers, a page of 100, CPU ms": await perRequest(
      pid,
      () => call(target, "Action=ListUsers&MaxItems=100&PathPrefix=%2F"),
      200,
    ),
    "GetCallerIdentity, the first of a key after a change, ms": await latency(target, keys, (index) =>
      call(target, `Action=UpdateUser&UserName=u1&NewPath=%2F${index}%2F`),
    ),
    "GetCallerIdentity, repeated, ms": await latency(target, keys, () => undefined),
    "memory at the end, MiB": residentMiB(pid),
  };
  target.agent.destroy();
  await gateway.stop({ keep });
  return figures;
}

export async function run() {
  const measure = async (users) => measureDirectory({ ...(await prepare(users)), users });
  const few = await measure(10);
  const large = await measure(many);
  for (const [name, value] of Object.entries(few)) {
    const [title, unit] = name.split(/, (?=CPU ms|MiB|ms$)/);
    printTable(title, unit, { "10 users": value, [`${many.toLocaleString("en")} users`]: large[name] });
  }
}
