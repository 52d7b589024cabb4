import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { SharedCounters } from "../../src/ports/shared-counters.ts";
import { sharedCountersContract } from "../contract/shared-counters-contract.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";
import { type Queries, queriesOf } from "./postgres-rows.ts";

let server: PostgresServer;
let made = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** One statement decides, with the row's lock: an event over the limit changes no row. */
function postgresCounters(db: Queries, clock: { readonly time: number }): SharedCounters {
  const event = async (key: string, max: number, expiresAt: number): Promise<boolean> => {
    if (max < 1 || expiresAt <= clock.time) return false;
    const sql =
      "INSERT INTO counters AS c VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET count = CASE WHEN c.expires_at > $3 THEN c.count + 1 ELSE 1 END, expires_at = CASE WHEN c.expires_at > $3 THEN c.expires_at ELSE excluded.expires_at END WHERE c.expires_at <= $3 OR c.count < $4 RETURNING 1";
    return (await db.all(sql, [key, expiresAt, clock.time, max])).length === 1;
  };
  return {
    count: (key, { max, window }) => event(`count ${key}`, max, clock.time + window),
    async reset(key) {
      await db.all("DELETE FROM counters WHERE key = $1", [`count ${key}`]);
    },
    claim: (key, expiresAt) => event(`claim ${key}`, 1, expiresAt),
  };
}

sharedCountersContract(async () => {
  made += 1;
  const name = `counters${made}`;
  const pools = [server.pool(name), server.pool(name)] as const;
  onTestFinished(async () => {
    for (const pool of pools) await pool.end();
  });
  await pools[0].query(`CREATE SCHEMA ${name}`);
  await pools[0].query(
    "CREATE TABLE counters (key text PRIMARY KEY, count bigint NOT NULL, expires_at bigint NOT NULL)",
  );
  const clock = { time: 0 };
  const [here, there] = pools.map((pool) => postgresCounters(queriesOf(pool), clock));
  if (here === undefined || there === undefined) throw new Error("two pools");
  return { here, there, clock };
});
