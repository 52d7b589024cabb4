import type { AnyProcedures, Database, Procedures, WatchfulReader, Writer } from "../sql/database.ts";
import { checkTexts } from "./check-texts.ts";
import type { WatchfulReader as SyncReader, Writer as SyncWriter } from "./connection.ts";
import { type DatabaseOptions, openDatabase, type OwnDatabase } from "./database.ts";

/** A database as the stores use it, in the process that holds its file. */
export interface HeldDatabase<P extends AnyProcedures>
  extends Database<P>, Pick<OwnDatabase<P>, "writeFor" | "waiting"> {}

/** `checked`: rejected when a text of it is unreadable. */
export async function openAsyncDatabase<P extends AnyProcedures>(
  options: DatabaseOptions<P>,
  { checked = false } = {},
): Promise<HeldDatabase<P>> {
  const opened = await openDatabase(options);
  try {
    if (checked) checkTexts(opened.reader, options.path);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return { ...asyncDatabase(opened), writeFor: (write) => opened.writeFor(write), waiting: () => opened.waiting() };
}

export function asyncDatabase<P extends AnyProcedures>(database: Database<P, SyncReader>): Database<P> {
  return {
    reader: asyncReader(database.reader),
    write: (procedure, ...args) => database.write(procedure, ...args),
    alongside: (procedure, args, ran) => asyncDatabase(database.alongside(procedure, args, ran)),
    close: () => database.close(),
  };
}

/** SQLite answers at once, so nothing but what waits already runs before the next step. */
function asyncReader(reader: SyncReader): WatchfulReader {
  return {
    get: async (sql, params, row) => reader.get(sql, params, row),
    all: async (sql, params, row) => reader.all(sql, params, row),
    changes: () => reader.changes(),
  };
}

/** Procedures as the writer thread runs them. */
export function overSqlite(
  procedures: Procedures,
): Readonly<Record<string, (writer: SyncWriter, args: unknown) => Promise<unknown>>> {
  const entries = Object.entries(procedures).map(
    ([name, procedure]) =>
      [name, (writer: SyncWriter, args: unknown) => procedure(asyncWriter(writer), args as never)] as const,
  );
  return Object.fromEntries(entries);
}

export function asyncWriter(writer: SyncWriter): Writer {
  return {
    get: async (sql, params, row) => writer.get(sql, params, row),
    all: async (sql, params, row) => writer.all(sql, params, row),
    run: async (sql, params) => writer.run(sql, params),
  };
}
