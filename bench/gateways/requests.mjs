// What a request and a change cost with one, two and three gateways.
import { drive } from "../load/drive.mjs";
import { call, form, signedForm, signedHead } from "../load/account.mjs";
import { cpuOfTree } from "../load/process-cpu.mjs";
import { median, printRows, takeTurns } from "../measure.mjs";
import { startFleet } from "./fleet.mjs";

const seconds = 1;
const path = "/bench/g/object";
const changes = 50;

/** The connections are shared out among the gateways, so that there are as many requests at a time with one as with three. */
async function round(fleet, { requestOf, length }) {
  const { gateways, postgres } = fleet;
  const connections = Math.round(18 / gateways.length);
  const before = cpuOfTree(postgres.pid);
  const taken = await Promise.all(
    gateways.map((one) => {
      const signed = requestOf(one.port, fleet.user);
      return drive({ ...one, connections }, () => signed, length, seconds);
    }),
  );
  const perSecond = taken.reduce((sum, one) => sum + one.perSecond, 0);
  return {
    perSecond,
    cpu: taken.reduce((sum, one) => sum + one.cpu * one.perSecond, 0) / perSecond,
    ofPostgres: ((cpuOfTree(postgres.pid) - before) * 1000) / (perSecond * seconds),
  };
}

/** One after the other, each through another gateway than the one before. */
async function changeRound({ gateways, admin, postgres }) {
  const all = () => gateways.reduce((sum, { pid }) => sum + cpuOfTree(pid), 0);
  const policyOf = (number) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::bench/${number}` },
    });
  const [before, ofPostgres] = [all(), cpuOfTree(postgres.pid)];
  const begun = performance.now();
  for (let number = 0; number < changes; number += 1)
    await form(gateways[number % gateways.length].port, admin, "iam", {
      Action: "PutUserPolicy",
      UserName: "admin",
      PolicyName: "bench",
      PolicyDocument: policyOf(number),
    });
  const took = performance.now() - begun;
  return {
    perSecond: (changes * 1000) / took,
    cpu: ((all() - before) * 1000) / changes,
    ofPostgres: ((cpuOfTree(postgres.pid) - ofPostgres) * 1000) / changes,
  };
}

function rowOf(name, count, taken) {
  const of = (field) => median(taken.map((values) => values[field])).toFixed(0);
  return [name, `${count}`, of("perSecond"), of("cpu"), of("ofPostgres")];
}

async function rowsOf(count) {
  const fleet = await startFleet(count);
  try {
    const { admin, user, gateways } = fleet;
    const [{ port }] = gateways;
    await call(port, admin, { method: "PUT", path, body: Buffer.alloc(1024) });
    const identity = { Action: "GetCallerIdentity" };
    const { length } = Buffer.from(await form(port, user, "sts", identity));
    const rounds = {
      "GET of 1 KiB from the engine": () =>
        round(fleet, { requestOf: (to, keys) => [signedHead(to, keys, { method: "GET", path })], length: 1024 }),
      GetCallerIdentity: () => round(fleet, { requestOf: (to, keys) => signedForm(to, keys, "sts", identity), length }),
      "PutUserPolicy, one at a time": () => changeRound(fleet),
    };
    const taken = await takeTurns(rounds, 5);
    return Object.entries(taken).map(([name, values]) => rowOf(name, count, values));
  } finally {
    await fleet.stop();
  }
}

export async function measureRequests() {
  const head = ["18 connections", "gateways", "a second", "µs of gateways", "µs of PostgreSQL"];
  const rows = [];
  for (const count of [1, 2, 3]) rows.push(...(await rowsOf(count)));
  printRows([head, ...rows.toSorted(([left], [right]) => left.localeCompare(right))]);
}
