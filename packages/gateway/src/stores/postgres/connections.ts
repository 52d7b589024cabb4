import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader } from "../sql/database.ts";
import type { SqlValue } from "../sql/sql-value.ts";
import { isOfStatementAlone, storeErrorOf } from "./postgres-errors.ts";
import { type Result, columnTypes, runStatement } from "./statements.ts";

/** Where PostgreSQL is, and who we are there. */
export interface PostgresAddress {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Asked for each connection, so that it can be changed. Not called when the server asks for none. */
  readonly password?: () => Promise<string>;
  /**
   * The server has to prove its name (`sslmode=verify-full`): with a certificate of these authorities (PEM), which are asked for at each
   * connection, else of those of Node.
   */
  readonly tls?: { readonly authorities?: () => string };
}

/** Milliseconds. A statement is ended by the server; what the server does not answer at all is ended here, a little later. */
export interface TimeLimits {
  readonly connect: number;
  readonly statement: number;
  readonly lock: number;
  /** A gateway that stands still in the middle of a write holds up all others for this long. */
  readonly idleInTransaction: number;
  readonly answer: number;
}

export const usualLimits: TimeLimits = {
  connect: 3000,
  statement: 5000,
  lock: 4000,
  idleInTransaction: 2000,
  answer: 6000,
};

/** Reads that wait for a connection; more are refused at once. */
const maxWaiting = 1024;

/**
 * Every setting that `pg` would take from the environment is given. `synchronous_commit`: what is acknowledged is on the disk, and on the
 * standbys that the server is told to wait for.
 */
export function clientConfig(address: PostgresAddress, schema: string, limits: TimeLimits): pg.ClientConfig {
  const { host, port, database, user, tls } = address;
  const settings = ["synchronous_commit=on", "default_transaction_isolation=read\\ committed", `search_path=${schema}`];
  return {
    host,
    port,
    database,
    user,
    password: address.password ?? noPassword,
    ssl: tls === undefined ? false : tlsConfig(tls.authorities),
    sslnegotiation: "postgres",
    application_name: "s3-credentials",
    options: settings.map((setting) => `-c ${setting}`).join(" "),
    client_encoding: "UTF8",
    connectionTimeoutMillis: limits.connect,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    query_timeout: limits.answer,
    keepAlive: true,
    types: columnTypes,
  };
}

/** `pg` copies its members for each connection. */
function tlsConfig(authorities: (() => string) | undefined): ConnectionOptions {
  const verified = { rejectUnauthorized: true };
  if (authorities === undefined) return verified;
  return {
    ...verified,
    get ca() {
      return authorities();
    },
  };
}

async function noPassword(): Promise<string> {
  throw new StoreError("unavailable", "PostgreSQL asks for a password, and none was given");
}

/** `check` is asked of each new connection before it is used; what it rejects with is given to who wanted the connection. */
export function openPool(
  config: pg.ClientConfig,
  size: number,
  check: (client: pg.ClientBase) => Promise<void>,
): pg.Pool {
  const onConnect = check as (client: pg.ClientBase) => void; // the pool waits for it
  const pool = new pg.Pool({ ...config, max: size, idleTimeoutMillis: 60_000, onConnect });
  // An idle connection that is lost is replaced when the next one is wanted.
  pool.on("error", () => {});
  return pool;
}

/** Runs `work` with a connection of its own, which is ended when it may be in the middle of something. */
export async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  if (pool.ending) throw new StoreError("unavailable", "the database is closed");
  if (pool.waitingCount >= maxWaiting) throw new StoreError("unavailable", "too many reads are waiting");
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (cause) {
    throw storeErrorOf(cause);
  }
  // The query that runs is told of a lost connection. Without a listener Node would end the process.
  const ignore = (): void => {};
  client.on("error", ignore);
  let isBroken = true;
  try {
    const result = await work(client);
    isBroken = false;
    return result;
  } catch (error) {
    isBroken = !(error instanceof StoreError && isOfStatementAlone(error));
    throw error;
  } finally {
    client.off("error", ignore);
    client.release(isBroken);
  }
}

/** Each read is a statement of its own, which sees everything that was committed before it began. */
export function pooledReader(pool: pg.Pool): Reader {
  return readerOf((sql, params) => withClient(pool, (client) => runStatement(client, sql, params)));
}

/** On one connection, so that it sees what the transaction there has done. */
export function clientReader(client: pg.ClientBase): Reader {
  return readerOf((sql, params) => runStatement(client, sql, params));
}

function readerOf(read: (sql: string, params: readonly SqlValue[]) => Promise<Result>): Reader {
  return {
    get: async (sql, params, row) => {
      const [first] = (await read(sql, params)).rows;
      return first === undefined ? undefined : row(first);
    },
    all: async (sql, params, row) => (await read(sql, params)).rows.map((columns) => row(columns)),
  };
}
