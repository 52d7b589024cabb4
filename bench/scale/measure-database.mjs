// What a fleet of gateways asks of its one database, each in microseconds of the database's own CPU, and what a connection keeps in memory.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../measure.mjs";
import { startPostgres } from "./postgres.mjs";

const rounds = 5;
const listeners = [10, 40, 80];
const rows = 100_000;

/** As `packages/gateway/src/stores/postgres/lease-keeper.ts` asks for a lease. */
const renewal = `
  WITH seen AS MATERIALIZED (SELECT value FROM revision WHERE one = 1 FOR SHARE),
  granted AS (
    INSERT INTO gateways (id, confirmed, lease_length)
    SELECT CAST($1 AS TEXT), value, 5000 FROM seen
    ON CONFLICT (id) DO UPDATE SET confirmed = excluded.confirmed
    RETURNING 1
  )
  SELECT value, EXISTS (SELECT 1 FROM granted) FROM seen`;

/** Microseconds of CPU of the server and of the processes of its connections, none of which ends meanwhile. */
function cpuUs(server) {
  const parentOf = (pid) => Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ")[1]);
  const belongs = (pid) => {
    try {
      return pid === server.pid || parentOf(pid) === server.pid;
    } catch {
      return false; // it has ended
    }
  };
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && belongs(Number(name)));
  const ns = all.map((pid) => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}

/** Median over rounds of the server's CPU in us for one of `count` calls. */
async function costOf(server, count, call) {
  const taken = [];
  await call(0);
  for (let round = 0; round < rounds; round += 1) {
    const before = cpuUs(server);
    for (let index = 0; index < count; index += 1) await call(round * count + index + 1);
    taken.push((cpuUs(server) - before) / count);
  }
  return median(taken);
}

async function msOf(count, call) {
  const taken = [];
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    await call(index);
    taken.push(performance.now() - before);
  }
  return median(taken);
}

/** KiB of a connection's process that is not memory of the server. https://docs.kernel.org/filesystems/proc.html */
async function connectionKiB(client) {
  const { rows: found } = await client.query("SELECT pg_backend_pid() AS pid");
  const rollup = readFileSync(`/proc/${found[0].pid}/smaps_rollup`, "utf8");
  return Number(/^Anonymous:\s+(\d+)/m.exec(rollup)[1]);
}

async function prepare(client) {
  await client.query("CREATE TABLE principals (id TEXT PRIMARY KEY, body TEXT)");
  await client.query(
    `INSERT INTO principals SELECT 'AIDA' || lpad(n::text, 16, '0'), repeat('x', 700) FROM generate_series(1, ${rows}) n`,
  );
  await client.query("CREATE TABLE revision (one BIGINT PRIMARY KEY, value BIGINT)");
  await client.query("INSERT INTO revision VALUES (1, 0)");
  await client.query("CREATE TABLE gateways (id TEXT PRIMARY KEY, confirmed BIGINT, lease_length BIGINT)");
  await client.query("INSERT INTO gateways SELECT 'g' || n, 0, 5000 FROM generate_series(1, 1000) n");
  await client.query("VACUUM ANALYZE");
}

export async function measureDatabase() {
  const server = await startPostgres(Math.max(...listeners));
  const client = await server.connect();
  try {
    await prepare(client);
    const read = (index) =>
      client.query({
        name: "read",
        text: "SELECT body FROM principals WHERE id = $1",
        values: [`AIDA${String((index * 7919) % rows).padStart(16, "0")}`],
      });
    const renew = (index) => client.query({ name: "renew", text: renewal, values: [`g${(index % 1000) + 1}`] });
    const change = async () => {
      await client.query("BEGIN; SELECT pg_advisory_xact_lock(1); SELECT value FROM revision WHERE one = 1");
      await client.query("UPDATE revision SET value = value + 1 WHERE one = 1");
      await client.query(
        "SELECT pg_notify('changes', value::text) FROM revision WHERE one = 1; COMMIT; SELECT min(confirmed), max(lease_length) FROM gateways WHERE id <> 'g0'",
      );
    };
    const figures = {
      readUs: await costOf(server, 3000, read),
      renewUs: await costOf(server, 1000, renew),
      changeUs: await costOf(server, 500, change),
      changeMs: await msOf(200, change),
      connectionKiB: await connectionKiB(client),
    };
    const byListeners = [];
    const open = [];
    for (const count of listeners) {
      while (open.length < count) {
        const one = await server.connect();
        await one.query("LISTEN changes");
        open.push(one);
      }
      byListeners.push([count, await costOf(server, 200, change)]);
      await sleep(200);
    }
    for (const one of open) await one.end();
    const [[fewest, low], , [most, high]] = byListeners;
    return { ...figures, notifyUs: (high - low) / (most - fewest) };
  } finally {
    await client.end();
    await server.stop();
  }
}
