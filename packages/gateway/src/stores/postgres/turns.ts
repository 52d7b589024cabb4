import pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import { advisoryKey } from "./advisory-locks.ts";
import { type PostgresAddress, clientConfig, usualLimits } from "./connections.ts";
import { storeErrorOf } from "./postgres-errors.ts";
import { runScript } from "./statements.ts";

/** What gateways that share a schema must not do side by side. The lock is that of a connection, so it ends with its process. */
export class Turns {
  readonly #address: PostgresAddress;
  readonly #schema: string;

  constructor(address: PostgresAddress, schema: string) {
    this.#address = address;
    this.#schema = schema;
  }

  /** When no other gateway is starting: the first one makes what later ones find. Waits a minute at most. */
  start<T>(work: () => Promise<T>): Promise<T> {
    return this.#with(async (client) => {
      await runScript(client, this.#starting());
      return work();
    });
  }

  /** When no gateway is starting, and none serves: rejects as `conflict` when one does. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const serving = advisoryKey("serving", this.#schema);
    return this.#with(async (client) => {
      await runScript(client, this.#starting());
      // Let go at once: the connections of `work` are of a gateway too.
      const [taken] = await runScript(client, `SELECT pg_try_advisory_lock(${serving})`);
      if (taken?.rows[0]?.[0] !== 1)
        throw new StoreError("conflict", "gateways are running on the database; stop all of them, then run this again");
      await runScript(client, `SELECT pg_advisory_unlock(${serving})`);
      return work();
    });
  }

  #starting(): string {
    return `SELECT pg_advisory_lock(${advisoryKey("starts", this.#schema)})`;
  }

  /** Does nothing while another gateway does background work that one is enough for. What it does may be done twice, without harm. */
  job(work: () => Promise<void>): Promise<void> {
    return this.#with(async (client) => {
      const [taken] = await runScript(client, `SELECT pg_try_advisory_lock(${advisoryKey("jobs", this.#schema)})`);
      if (taken?.rows[0]?.[0] === 1) await work();
    });
  }

  async #with<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
    const waiting = { lock_timeout: 60_000, statement_timeout: 0, query_timeout: 65_000 };
    const client = new pg.Client({ ...clientConfig(this.#address, this.#schema, usualLimits), ...waiting });
    client.on("error", () => {}); // the statement that runs is told
    try {
      await client.connect();
    } catch (cause) {
      void client.end().catch(() => {});
      throw storeErrorOf(cause);
    }
    try {
      return await use(client);
    } finally {
      void client.end().catch(() => {}); // it may hang for as long as its network does
    }
  }
}
