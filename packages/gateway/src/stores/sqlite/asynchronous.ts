import type { AnyProcedures, Database, Procedures, WatchfulReader, Writer } from "../sql/database.ts";
import type { WatchfulReader as SyncReader, Writer as SyncWriter } from "./connection.ts";

/** The interface that the stores are written against, over SQLite, which answers at once: nothing else runs before the next step. */
function asyncReader(reader: SyncReader): WatchfulReader {
  return {
    get: async (sql, params, row) => reader.get(sql, params, row),
    all: async (sql, params, row) => reader.all(sql, params, row),
    changes: () => reader.changes(),
  };
}

export function asyncDatabase<P extends AnyProcedures>(database: Database<P, SyncReader>): Database<P> {
  return {
    reader: asyncReader(database.reader),
    write: (procedure, ...args) => database.write(procedure, ...args),
    alongside: (procedure, args, ran) => asyncDatabase(database.alongside(procedure, args, ran)),
    close: () => database.close(),
  };
}

type OverSqlite<P extends Procedures> = {
  readonly [K in keyof P]: (writer: SyncWriter, args: Parameters<P[K]>[1]) => ReturnType<P[K]>;
};

/** Procedures as the writer thread runs them. */
export function overSqlite<P extends Procedures>(procedures: P): OverSqlite<P> {
  const entries = Object.entries(procedures).map(
    ([name, procedure]) => [name, (writer: SyncWriter, args: never) => procedure(asyncWriter(writer), args)] as const,
  );
  return Object.fromEntries(entries) as unknown as OverSqlite<P>;
}

function asyncWriter(writer: SyncWriter): Writer {
  return {
    get: async (sql, params, row) => writer.get(sql, params, row),
    all: async (sql, params, row) => writer.all(sql, params, row),
    run: async (sql, params) => writer.run(sql, params),
  };
}
