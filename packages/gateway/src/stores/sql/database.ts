import type { SqlValue } from "./sql-value.ts";

/** Columns in the order of the SELECT, to be read by `text`, `integer` and their like. */
export type Row = readonly SqlValue[];

/**
 * Reads of a database. SQL is what SQLite and PostgreSQL both understand, with positional `?` parameters only, whose count must fit, and no
 * `?` in a literal. `INDEXED BY name` is for SQLite's planner; another database drops it. `instr(blob, blob)`, which is SQLite's, is a function
 * that another database is given. Rejects with `StoreError` only.
 */
export interface Reader {
  get<T>(sql: string, params: readonly SqlValue[], row: (columns: Row) => T): Promise<T | undefined>;
  all<T>(sql: string, params: readonly SqlValue[], row: (columns: Row) => T): Promise<T[]>;
}

/** A reader that knows when there may be something new to read. */
export interface WatchfulReader extends Reader {
  /** Another number than before when anything was committed since: by any acknowledged write, of this process or another. */
  changes(): number;
  /**
   * Another number than before when another server may have taken the database's place, which may lack what was committed last: revisions
   * that were seen are given again, to other changes. Not there: the database is always the same.
   */
  history?(): number;
}

/** What a procedure works with, inside a transaction. One statement after the other. */
export interface Writer extends Reader {
  /** Number of rows changed. */
  run(sql: string, params: readonly SqlValue[]): Promise<number>;
}

/**
 * A change, run in a transaction. Takes and gives plain data (structured clone; a Buffer arrives as Uint8Array). It awaits its writer and
 * nothing else. Expected refusals are results; a throw undoes this procedure alone and rejects its write. It may run twice, the first time
 * undone, so it remembers nothing outside the database.
 */
export type Procedure<A, R> = (writer: Writer, args: A) => Promise<R>;

export type Procedures = Readonly<Record<string, Procedure<never, unknown>>>;

/** What a database asks of its procedures, whatever their writer is. */
export type AnyProcedures = Readonly<Record<string, (writer: never, args: never) => unknown>>;

export type NameIn<P extends AnyProcedures> = keyof P & string;

/** What follows the writer: one argument, or none. */
export type ArgumentsOf<P extends AnyProcedures, K extends NameIn<P>> =
  Parameters<P[K]> extends readonly [unknown, ...infer Rest] ? Rest : [];

/** Not `Awaited`, which a function that passes a write on would not infer. */
export type ResultOf<P extends AnyProcedures, K extends NameIn<P>> =
  ReturnType<P[K]> extends Promise<infer Result> ? Result : ReturnType<P[K]>;

/** Tables of which each write is a procedure. Rejects with `StoreError` only. */
export interface Database<P extends AnyProcedures, R = WatchfulReader> {
  /** Never waits for a writer; every acknowledged write is seen. */
  readonly reader: R;
  /** Runs a procedure. Acknowledged when it is stored for good. See `Procedure` for what may be passed. */
  write<K extends NameIn<P>>(procedure: K, ...args: ArgumentsOf<P, K>): Promise<ResultOf<P, K>>;
  /**
   * The same database; each write that changes a row runs `procedure` too, in the same savepoint, so that both are stored or neither.
   * `ran` is called when that was so.
   */
  alongside<K extends NameIn<P>>(procedure: K, args: () => ArgumentsOf<P, K>[0], ran: () => void): Database<P, R>;
  /**
   * Never set; for the types alone. TypeScript compares generic methods loosely, and with this field a database with other
   * procedures is not accepted.
   */
  readonly procedures?: P;
  close(): Promise<void>;
}
