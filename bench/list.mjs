// What a listing costs when it skips most of the bucket: a million keys under a thousand prefixes against a thousand keys under as many.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Agent } from "node:http";
import { join } from "node:path";
import { send } from "./hostile/signed-request.mjs";
import { startGateway } from "./gateway.mjs";
import { compare, printTable } from "./measure.mjs";

/** The binding that the gateway has. */
const Libsql = createRequire(new URL("../packages/gateway/package.json", import.meta.url))("libsql");
const prefixes = 1000;
/** Keys under each prefix, by bucket. In `deleted` all keys but one are delete markers, with a version behind each. */
const buckets = { few: 1, many: Number(process.env.BENCH_KEYS ?? 1_000_000) / prefixes, deleted: 100 };

/** Milliseconds of CPU that all threads of the process have used. */
function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}

function targetOf({ endpoint, env }) {
  const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  return { port: Number(new URL(endpoint).port), keys, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
}

async function call({ port, keys, agent }, path, query, method = "GET", body = "") {
  const { status, text } = await send({ port }, { method, path, query, body, keys, agent });
  if (status !== 200) throw new Error(`${path}?${query}: ${status} ${text}`);
  return text;
}

/** One object and one upload of each bucket are made by the API; the others are their rows with other names. */
async function prepare() {
  const gateway = await startGateway();
  const target = targetOf(gateway);
  for (const bucket of Object.keys(buckets)) {
    await call(target, `/${bucket}`, "", "PUT");
    const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await call(target, `/${bucket}`, "versioning", "PUT", versioning);
    await call(target, `/${bucket}/~${bucket}`, "", "PUT", "x");
    await call(target, `/${bucket}/~${bucket}`, "uploads", "POST");
  }
  target.agent.destroy();
  await gateway.stop({ keep: true });
  const database = new Libsql(join(gateway.home, "data", "objects.db"));
  // Nothing is lost when this ends before its time: the folder is made anew.
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000");
  for (const [bucket, keys] of Object.entries(buckets)) fill(database, bucket, keys);
  database.exec("UPDATE counters SET value = (SELECT max(seq) FROM versions) WHERE name = 'sequence'");
  database.exec("PRAGMA journal_mode = WAL");
  database.close();
  return gateway.home;
}

function fill(database, bucket, keys) {
  const seed = `CAST('~${bucket}' AS BLOB)`;
  const key = `CAST(printf('%04d/%06d', i / ${keys}, i % ${keys}) AS BLOB)`;
  const from = database.prepare("SELECT max(seq) AS seq FROM versions").get().seq + 1;
  const copy = (table, differing, to = table) => {
    const names = database
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => name);
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${prefixes * keys})
      INSERT INTO ${to} (${names.join(", ")})
      SELECT ${names.map((name) => ({ key, ...differing })[name] ?? name).join(", ")} FROM n, (SELECT * FROM ${table} WHERE key = ${seed})`);
  };
  database.exec("BEGIN");
  copy("versions", { seq: `${from} + i * 2` });
  if (bucket === "deleted")
    copy("versions", { seq: `${from} + i * 2 + 1`, version_id: "'marker' || i", kind: "'delete-marker'" });
  else copy("current", {});
  copy("uploads", {});
  database.exec("COMMIT");
}

const requests = {
  "ListObjectsV2, the prefixes": "list-type=2&delimiter=%2F",
  "ListObjects, the prefixes": "delimiter=%2F",
  "ListObjectVersions, the prefixes": "versions&delimiter=%2F",
  "ListMultipartUploads, the prefixes": "uploads&delimiter=%2F",
  "ListObjectsV2, ten prefixes from the middle": "list-type=2&delimiter=%2F&max-keys=10&start-after=0500%2F",
};

export async function run() {
  const begun = performance.now();
  const home = await prepare();
  const rows = Object.values(buckets).reduce((sum, keys) => sum + keys * prefixes, 0);
  console.log(`${rows.toLocaleString("en")} keys, made in ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
  const gateway = await startGateway(home);
  const target = targetOf(gateway);
  const cost = (bucket, query) => async () => {
    const before = cpuOf(gateway.pid);
    for (let count = 0; count < 20; count += 1) await call(target, `/${bucket}`, query);
    return (cpuOf(gateway.pid) - before) / 20;
  };
  for (const [title, query] of Object.entries(requests)) {
    const rivals = { "1,000 keys": cost("few", query), "1,000,000 keys": cost("many", query) };
    printTable(title, "CPU ms", await compare(rivals));
  }
  const skipped = {
    "1,000 prefixes of one key": cost("few", "list-type=2&delimiter=%2F"),
    "one key, 100,000 deleted": cost("deleted", "list-type=2&delimiter=%2F"),
  };
  printTable("ListObjectsV2, delete markers", "CPU ms", await compare(skipped));
  target.agent.destroy();
  await gateway.stop();
}
