// What sessions cost: AssumeRole against GetCallerIdentity, and the first request of a new session against one that it repeats.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { startGateway } from "./gateway.mjs";
import { send } from "./hostile/signed-request.mjs";
import { compare, printTable } from "./measure.mjs";

const requests = Number(process.env.BENCH_REQUESTS ?? 300);
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU of a process so far, in ms: all its threads. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
}

async function form(target, service, version, action, keys = target.keys) {
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

const sts = (target, action, keys) => form(target, "sts", "2011-06-15", action, keys);
const iam = (target, action) => form(target, "iam", "2010-05-08", action);
const element = (text, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)[1];

async function makeRole(target) {
  const account = element(await sts(target, "Action=GetCallerIdentity"), "Account");
  const statement = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
  const trust = encodeURIComponent(JSON.stringify({ Version: "2012-10-17", Statement: statement }));
  await iam(target, `Action=CreateRole&RoleName=bench&AssumeRolePolicyDocument=${trust}`);
  return encodeURIComponent(`arn:aws:iam::${account}:role/bench`);
}

export async function run() {
  const gateway = await startGateway();
  const keys = { accessKeyId: gateway.env.AWS_ACCESS_KEY_ID, secretAccessKey: gateway.env.AWS_SECRET_ACCESS_KEY };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const target = { port: Number(new URL(gateway.endpoint).port), keys, agent };
  const role = await makeRole(target);
  const assume = async () => {
    const made = await sts(target, `Action=AssumeRole&RoleSessionName=bench&RoleArn=${role}`);
    const [accessKeyId, secretAccessKey, sessionToken] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(
      (name) => element(made, name),
    );
    return { accessKeyId, secretAccessKey, sessionToken };
  };
  const whoAmI = (as) => sts(target, "Action=GetCallerIdentity", as);
  /** CPU of the gateway, ms a request. */
  const measured = async (request) => {
    const before = cpuMs(gateway.pid);
    for (let at = 0; at < requests; at += 1) await request(at);
    return (cpuMs(gateway.pid) - before) / requests;
  };
  const asking = await compare({
    GetCallerIdentity: () => measured(() => whoAmI(keys)),
    AssumeRole: () => measured(assume),
  });
  printTable("request", "CPU ms", asking);
  const repeated = await assume();
  const using = await compare({
    "lasting key": () => measured(() => whoAmI(keys)),
    "session, repeated": () => measured(() => whoAmI(repeated)),
    "session, first": async () => {
      const fresh = [];
      for (let at = 0; at < requests; at += 1) fresh.push(await assume());
      return measured((at) => whoAmI(fresh[at]));
    },
  });
  printTable("GetCallerIdentity with a", "CPU ms", using);
  agent.destroy();
  await gateway.stop();
}
