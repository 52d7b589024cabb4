import { resolve } from "node:path";
import { StoreError } from "../../ports/store-error.ts";
import type { AnyProcedures, Database as AnyDatabase, NameIn } from "../sql/database.ts";
import { type Connection, type WatchfulReader, openConnection, storeErrorOf } from "./connection.ts";
import type { Migration } from "../sql/migration.ts";
import { changesOfOthers, dataVersion } from "./changes-of-others.ts";
import { makePrivateFile } from "./private-file.ts";
import type { SentWrite, WriteResult } from "./writer-protocol.ts";
import { type Also, WriterQueue } from "./writer-queue.ts";

export interface DatabaseOptions<P extends AnyProcedures> {
  /** The file; made with mode 0600 when absent. Its folder must exist. */
  readonly path: string;
  /** In any order; they are applied by name. Plain data, no functions. */
  readonly migrations: readonly Migration[];
  /**
   * Module exporting `procedures: Procedures`. Loaded in the writer thread, so it must be the built file:
   * `new URL("../../../bundle/directory-procedures.js", import.meta.url)`.
   */
  readonly procedures: URL;
  /**
   * Nobody else writes to the file while it is open: the folder is locked. Whether anything has changed is then known without asking
   * SQLite.
   */
  readonly soleWriter?: boolean;
  /** Called when the disk is full; the write is then tried once more. A procedure that may not use the reserve gives false. */
  readonly makeRoom?: (procedure: NameIn<P>) => Promise<boolean>;
}

/** One SQLite file: synchronous reads here, writes in one thread that commits them in groups and acknowledges them after fsync. */
export type Database<P extends AnyProcedures> = AnyDatabase<P, WatchfulReader>;

/** A database with its writer thread: one process has it. */
export interface OwnDatabase<P extends AnyProcedures> extends Database<P> {
  /** Runs a write of another process, as `joinDatabase` sends it. */
  writeFor(write: SentWrite): Promise<WriteResult>;
  /** Writes that are not committed or refused yet. */
  readonly waiting: () => number;
}

/** `P` is the type of the `procedures` that the module of `options.procedures` exports. */
export async function openDatabase<P extends AnyProcedures>(options: DatabaseOptions<P>): Promise<OwnDatabase<P>> {
  const path = resolve(options.path);
  await makePrivateFile(path);
  const queue = new WriterQueue({ path, migrations: options.migrations, procedures: options.procedures.href });
  try {
    await queue.ready;
    const reader = openReader(path);
    const write: Write = (procedure, args, also) => writeWithRoom(queue, options.makeRoom, procedure, args, also);
    const close = async (): Promise<void> => {
      await queue.close();
      reader.close();
    };
    const changes = options.soleWriter === true ? () => queue.commits : () => dataVersion(reader);
    return {
      ...databaseOver<P>({ ...reader, changes }, write, close),
      writeFor: (sent) => writeSent(write, sent),
      waiting: () => queue.waiting,
    };
  } catch (error) {
    await queue.close();
    throw storeErrorOf(error);
  }
}

/** The database of another process on this machine, which runs each write that `send` takes there. Reads are made here. */
export function joinDatabase<P extends AnyProcedures>(
  path: string,
  send: (write: SentWrite) => Promise<WriteResult>,
): Database<P> {
  const reader = openReader(path);
  const write: Write = async (procedure, args, also) => {
    const second = also === undefined ? {} : { also: { procedure: also.procedure, args: also.args() } };
    const { result, alsoRan } = await send({ procedure, args, ...second });
    if (alsoRan) also?.ran();
    return result as never;
  };
  const changes = changesOfOthers(path, reader);
  return databaseOver<P>({ ...reader, changes: () => changes.count() }, write, async () => {
    reader.close();
    changes.close();
  });
}

type Write = <R>(procedure: string, args: unknown, also: Also | undefined) => Promise<R>;

function databaseOver<P extends AnyProcedures>(
  reader: WatchfulReader,
  write: Write,
  close: () => Promise<void>,
): Database<P> {
  const view = (also: Also | undefined): Database<P> => ({
    reader,
    write: (procedure, ...args) => write(procedure, args[0], also),
    alongside: (procedure, args, ran) => view({ procedure, args, ran }),
    close,
  });
  return view(undefined);
}

function openReader(path: string): Connection {
  const reader = openConnection(path);
  reader.exec("PRAGMA query_only = ON");
  reader.exec("PRAGMA busy_timeout = 1000");
  return reader;
}

async function writeSent(write: Write, { procedure, args, also }: SentWrite): Promise<WriteResult> {
  let alsoRan = false;
  const ran = (): void => {
    alsoRan = true;
  };
  const result = await write(procedure, args, also && { procedure: also.procedure, args: () => also.args, ran });
  return { result, alsoRan };
}

async function writeWithRoom<R>(
  queue: WriterQueue,
  makeRoom: ((procedure: never) => Promise<boolean>) | undefined,
  procedure: string,
  args: unknown,
  also: Also | undefined,
): Promise<R> {
  try {
    return await queue.write(procedure, args, also);
  } catch (error) {
    const full = error instanceof StoreError && error.kind === "full";
    if (!full || makeRoom === undefined || !(await makeRoom(procedure as never))) throw error;
    return await queue.write(procedure, args, also);
  }
}
