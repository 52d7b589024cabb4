import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Clock } from "../../ports/clock.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Database, Procedure, Procedures, WatchfulReader } from "../sql/database.ts";
import type { Migration } from "../sql/migration.ts";
import type { RunProcedure } from "./commit-group.ts";
import {
  type PostgresAddress,
  type TimeLimits,
  clientConfig,
  openPool,
  pooledReader,
  usualLimits,
  withClient,
} from "./connections.ts";
import { channelOf, othersIn, othersThan, plainScripts, watchedScripts } from "./group-scripts.ts";
import { LeaseKeeper, type LeaseState } from "./lease-keeper.ts";
import { connectionCheck, migrateSchema } from "./migrate.ts";
import { storeErrorOf } from "./postgres-errors.ts";
import { runScript, runStatement } from "./statements.ts";
import { WriteQueue } from "./write-queue.ts";

export interface PostgresOptions<P extends Procedures> {
  readonly address: PostgresAddress;
  /** Has the tables: `directory`, `record`. Lower-case letters, digits and `_`. */
  readonly schema: string;
  /** In any order; they are applied by name. In SQLite's types, which are translated. */
  readonly migrations: readonly Migration[];
  readonly procedures: P;
  /** Connections for reads, at most. Writes have two of their own, and the lease one. */
  readonly readers?: number;
  readonly limits?: TimeLimits;
  /** For tables with a revision, of which something is kept in memory. `length`: milliseconds. */
  readonly lease?: LeaseOptions;
}

export interface LeaseOptions {
  readonly length: number;
  readonly clock: Clock;
}

/** A second procedure for the savepoint of a write that changes a row, and who wants to know that it ran. */
interface Also {
  readonly procedure: string;
  /** Called when the write is sent. */
  readonly args: () => unknown;
  readonly ran: () => void;
}

/** A database of which the operator sees how it is. */
export interface PostgresDatabase<P extends Procedures> extends Database<P> {
  /** Writes that are not acknowledged yet. */
  readonly waiting: () => number;
  /** Undefined: it was opened without one. */
  readonly lease: () => LeaseState | undefined;
}

/** One schema of a PostgreSQL that many gateways share. Rejects with `StoreError` only. */
export async function openPostgres<P extends Procedures>(options: PostgresOptions<P>): Promise<PostgresDatabase<P>> {
  const { address, schema, migrations, procedures, readers = 10, limits = usualLimits, lease } = options;
  const config = clientConfig(address, schema, limits);
  await migrateSchema(config, schema, migrations);
  const servers = new Servers();
  const check = connectionCheck(schema, migrations, (server) => servers.reached(server));
  const pools = { reads: openPool(config, readers, check), writes: openPool(config, 2, check) };
  const id = randomUUID();
  const keeper = lease && keeperOf(lease, id, schema, pools.writes, () => connected(config, lease.length, check));
  const scripts =
    keeper === undefined ? plainScripts(schema) : watchedScripts(schema, channelOf(schema), othersThan(id));
  const queue = new WriteQueue({
    pool: pools.writes,
    run: runnerOf(procedures),
    scripts,
    acknowledged: async (revision, others) => keeper?.acknowledged(revision, others),
  });
  let calls = 0;
  const history = (): number => servers.history;
  // Both only grow, so the sum is another one when one of them is.
  const changes = (): number => (keeper?.changes() ?? (calls += 1)) + history();
  const close = async (): Promise<void> => {
    await queue.close();
    await keeper?.close();
    for (const pool of [pools.reads, pools.writes]) if (!pool.ending) await pool.end();
  };
  const database = databaseOver<P>({ ...pooledReader(pools.reads), changes, history }, queue, close);
  return { ...database, waiting: () => queue.waiting, lease: () => keeper?.state };
}

/**
 * Which server the connections are to, one after the other. One that was started again may have been restored from a copy, and one that
 * took another's place may lack what that one stored last.
 */
class Servers {
  #last: string | undefined;
  #history = 0;

  /** Counts servers. */
  get history(): number {
    return this.#history;
  }

  reached(server: string): void {
    if (server !== this.#last) this.#history += 1;
    this.#last = server;
  }
}

/** The connection of the lease. What is not answered within a lease need not be awaited. */
async function connected(
  config: pg.ClientConfig,
  leaseLength: number,
  check: (client: pg.ClientBase) => Promise<void>,
): Promise<pg.Client> {
  const client = new pg.Client({ ...config, query_timeout: leaseLength });
  client.on("error", () => {});
  try {
    await client.connect();
    await check(client);
    return client;
  } catch (cause) {
    void client.end().catch(() => {});
    throw storeErrorOf(cause);
  }
}

function keeperOf(
  lease: LeaseOptions,
  id: string,
  schema: string,
  pool: pg.Pool,
  connect: () => Promise<pg.Client>,
): LeaseKeeper {
  return new LeaseKeeper({
    ...lease,
    id,
    connect,
    channel: channelOf(schema),
    readOthers: async () => {
      const [answer] = await withClient(pool, (client) => runScript(client, othersThan(id)));
      return othersIn(answer?.rows[0]);
    },
    removeBelow: async (revision) => {
      await withClient(pool, (client) => runStatement(client, "DELETE FROM gateways WHERE confirmed < ?", [revision]));
    },
  });
}

function runnerOf(procedures: Procedures): RunProcedure {
  const known = new Map(Object.entries(procedures));
  return async (writer, name, args) => {
    const procedure = known.get(name);
    if (procedure === undefined) throw new StoreError("corrupt", `no procedure named ${name}`);
    return await (procedure as Procedure<unknown, unknown>)(writer, args);
  };
}

function databaseOver<P extends Procedures>(
  reader: WatchfulReader,
  queue: WriteQueue,
  close: () => Promise<void>,
): Database<P> {
  const view = (also: Also | undefined): Database<P> => ({
    reader,
    write: async (procedure, ...args) => {
      const second = also === undefined ? {} : { also: { procedure: also.procedure, args: also.args() } };
      const { result, alsoRan } = await queue.write({ procedure, args: args[0], ...second });
      if (alsoRan) also?.ran();
      return result as never;
    },
    alongside: (procedure, args, ran) => view({ procedure, args, ran }),
    close,
  });
  return view(undefined);
}
