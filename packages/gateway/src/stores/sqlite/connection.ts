import { StoreError } from "../../ports/store-error.ts";
import { type DriverStatement, openDriver } from "./driver.ts";
import { withSafeTexts } from "./safe-texts.ts";
import type { Row } from "../sql/database.ts";
import { type SqlValue, checkValue } from "../sql/sql-value.ts";

/** Positional `?` parameters only; the count must fit. TEXT beyond ASCII comes as its bytes: columns are read by `text` and its like. */
export interface Reader {
  get<T>(sql: string, params: readonly SqlValue[], row: (columns: Row) => T): T | undefined;
  all<T>(sql: string, params: readonly SqlValue[], row: (columns: Row) => T): T[];
}

/** A reader that knows when there may be something new to read. */
export interface WatchfulReader extends Reader {
  /** Another number than before when anything was committed since: by any acknowledged write, of this process or another. */
  changes(): number;
}

/** What a procedure works with, inside a transaction of the writer thread. */
export interface Writer extends Reader {
  /** Number of rows changed. */
  run(sql: string, params: readonly SqlValue[]): number;
}

export interface Connection extends Writer {
  exec(sql: string): void;
  close(): void;
}

interface Prepared {
  readonly statement: DriverStatement;
  readonly arity: number;
}

/** SQL texts are constants of the program, so this is never reached; it bounds a mistake. */
const maximumPrepared = 1000;

export function openConnection(path: string): Connection {
  const driver = guarded(() => openDriver(path));
  const prepared = new Map<string, Prepared>();
  let open = true;
  const prepare = (sql: string, params: readonly SqlValue[]): DriverStatement => {
    if (!open) throw new StoreError("unavailable", "the database is closed");
    let entry = prepared.get(sql);
    if (entry === undefined) {
      const safe = withSafeTexts(sql, (select) => driver.countColumns(select));
      entry = { statement: driver.prepare(safe), arity: placeholders(sql) };
      if (prepared.size >= maximumPrepared) prepared.clear();
      prepared.set(sql, entry);
    }
    if (entry.arity !== params.length) {
      throw new StoreError("corrupt", `statement takes ${entry.arity} parameters, got ${params.length}`);
    }
    for (const value of params) checkValue(value);
    return entry.statement;
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    prepared.clear();
    guarded(() => driver.close());
  };
  return { ...statements(prepare), exec: (sql) => guarded(() => driver.exec(sql)), close };
}

function statements(prepare: (sql: string, params: readonly SqlValue[]) => DriverStatement): Writer {
  return {
    get: (sql, params, row) => {
      const columns = guarded(() => prepare(sql, params).get(params));
      return columns === undefined ? undefined : row(columns);
    },
    all: (sql, params, row) => guarded(() => prepare(sql, params).all(params)).map((columns) => row(columns)),
    run: (sql, params) => guarded(() => prepare(sql, params).run(params)),
  };
}

/** A placeholder inside a literal would be miscounted, so SQL here holds no `?` in literals or comments. */
function placeholders(sql: string): number {
  return sql.split("?").length - 1;
}

function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw storeErrorOf(cause);
  }
}

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const kinds: ReadonlyMap<number, StoreError["kind"]> = new Map([
  [5, "unavailable"], // BUSY
  [6, "unavailable"], // LOCKED
  [7, "unavailable"], // NOMEM
  [8, "unavailable"], // READONLY
  [10, "unavailable"], // IOERR
  [13, "full"], // FULL
  [14, "unavailable"], // CANTOPEN
  [19, "conflict"], // CONSTRAINT
]);

/** IOERR_SHMSIZE: no space for the index of the write-ahead log, 32 KiB when a database is opened. */
const noSpaceForIndex = 4874;

/** Every error that is not known to be temporary is `corrupt`, so that it fails closed and is reported. */
export function storeErrorOf(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = resultCode(cause);
  if (code === noSpaceForIndex) return new StoreError("full", message, { cause });
  return new StoreError(kinds.get(code & 0xff) ?? "corrupt", message, { cause });
}

/** Whether another connection has a lock that does not go with what was asked. */
export function isBusy(error: unknown): boolean {
  return error instanceof StoreError && [5, 6].includes(resultCode(error.cause) & 0xff);
}

function resultCode(cause: unknown): number {
  if (typeof cause !== "object" || cause === null) return 1;
  if ("rawCode" in cause && typeof cause.rawCode === "number") return cause.rawCode; // libsql
  if ("errcode" in cause && typeof cause.errcode === "number") return cause.errcode; // node:sqlite
  return 1;
}
