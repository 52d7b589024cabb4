// How long a revocation takes: from the beginning of the call to its answer, and until the other gateway refuses the key.
import { form, signedForm } from "../load/account.mjs";
import { Connection } from "../load/connection.mjs";
import { drive } from "../load/drive.mjs";
import { median, printRows } from "../measure.mjs";
import { startFleet } from "./fleet.mjs";

const revocations = 200;
const identity = { Action: "GetCallerIdentity" };
const UserName = "revoked";

async function madeKeys(port, admin) {
  const text = await form(port, admin, "iam", { Action: "CreateAccessKey", UserName });
  const [accessKeyId, secretAccessKey] = ["AccessKeyId", "SecretAccessKey"].map(
    (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)[1],
  );
  return { accessKeyId, secretAccessKey };
}

/** The key is used on the other gateway without a pause, until it is refused. */
async function revokeOne({ gateways: [here, there], admin }) {
  const keys = await madeKeys(here.port, admin);
  const connection = await Connection.open(there.port);
  const use = async () => {
    const begun = performance.now();
    const { status } = await connection.send(...signedForm(there.port, keys, "sts", identity), true);
    return { begun, status };
  };
  try {
    const first = await use();
    if (first.status !== 200) throw new Error(`a new key was answered with ${first.status}`);
    const begun = performance.now();
    let acknowledged;
    const call = form(here.port, admin, "iam", {
      Action: "DeleteAccessKey",
      UserName,
      AccessKeyId: keys.accessKeyId,
    }).then(() => (acknowledged = performance.now()));
    let last;
    do {
      last = await use();
      if (last.status === 200 && last.begun > acknowledged)
        throw new Error("a key was accepted after its revocation had been acknowledged");
    } while (last.status === 200);
    const refused = performance.now();
    await call;
    return { acknowledged: acknowledged - begun, refused: refused - begun };
  } finally {
    connection.close();
  }
}

async function measure(fleet) {
  const taken = [];
  for (let count = 0; count < revocations; count += 1) taken.push(await revokeOne(fleet));
  return taken;
}

/** Both gateways are asked for what they have in memory, by two connections each: more would measure how they wait for two cores. */
async function underLoad(fleet, work) {
  const { length } = Buffer.from(await form(fleet.gateways[0].port, fleet.user, "sts", identity));
  const over = new AbortController();
  const load = Promise.all(
    fleet.gateways.map(async (one) => {
      const signed = signedForm(one.port, fleet.user, "sts", identity);
      while (!over.signal.aborted) await drive({ ...one, connections: 2 }, () => signed, length, 1);
    }),
  );
  try {
    return await work();
  } finally {
    over.abort();
    await load;
  }
}

function rowOf(name, taken) {
  const figures = ["acknowledged", "refused"].flatMap((field) => {
    const values = taken.map((one) => one[field]).toSorted((left, right) => left - right);
    return [median(values), values[Math.floor(values.length * 0.99)], values.at(-1)];
  });
  return [name, ...figures.map((ms) => ms.toFixed(1))];
}

export async function measureRevocations() {
  const fleet = await startFleet(2);
  try {
    await form(fleet.gateways[0].port, fleet.admin, "iam", { Action: "CreateUser", UserName });
    const quiet = await measure(fleet);
    const loaded = await underLoad(fleet, () => measure(fleet));
    const parts = ["answered", "p99", "worst", "refused by the other", "p99", "worst"];
    printRows([
      [`${revocations} revocations, ms`, ...parts],
      rowOf("quiet", quiet),
      rowOf("both gateways busy", loaded),
    ]);
  } finally {
    await fleet.stop();
  }
}
