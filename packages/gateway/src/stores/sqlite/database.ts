import { resolve } from "node:path";
import { StoreError } from "../../ports/store-error.ts";
import { type Reader, openConnection, storeErrorOf } from "./connection.ts";
import type { Migration } from "./migration.ts";
import { makePrivateFile } from "./private-file.ts";
import { WriterQueue } from "./writer-queue.ts";

export interface DatabaseOptions {
  /** The file; made with mode 0600 when absent. Its folder must exist. */
  readonly path: string;
  /** In any order; they are applied by name. Plain data, no functions. */
  readonly migrations: readonly Migration[];
  /**
   * Module exporting `procedures: Procedures`. Loaded in the writer thread, so it must be the built file:
   * `new URL("../../../dist/stores/sqlite/identity/directory-procedures.js", import.meta.url)`.
   */
  readonly procedures: URL;
  /** Called when the disk is full; the write is then tried once more. A procedure that may not use the reserve gives false. */
  readonly makeRoom?: (procedure: string) => Promise<boolean>;
}

/** One SQLite file: reads here, writes in one thread that commits them in groups. Rejects with `StoreError` only. */
export interface Database {
  /** Synchronous reads that never wait for a writer; every acknowledged write is seen. */
  readonly reader: Reader;
  /** Acknowledged after fsync. See `Procedure` for what may be passed. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what is sent
  write<A, R>(procedure: string, args: A): Promise<R>;
  close(): Promise<void>;
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const path = resolve(options.path);
  await makePrivateFile(path);
  const queue = new WriterQueue({ path, migrations: options.migrations, procedures: options.procedures.href });
  try {
    await queue.ready;
    const reader = openConnection(path);
    reader.exec("PRAGMA query_only = ON");
    reader.exec("PRAGMA busy_timeout = 1000");
    return {
      reader,
      write: (procedure, args) => writeWithRoom(queue, options.makeRoom, procedure, args),
      close: async () => {
        await queue.close();
        reader.close();
      },
    };
  } catch (error) {
    await queue.close();
    throw storeErrorOf(error);
  }
}

async function writeWithRoom<R>(
  queue: WriterQueue,
  makeRoom: DatabaseOptions["makeRoom"],
  procedure: string,
  args: unknown,
): Promise<R> {
  try {
    return await queue.write(procedure, args);
  } catch (error) {
    const full = error instanceof StoreError && error.kind === "full";
    if (!full || makeRoom === undefined || !(await makeRoom(procedure))) throw error;
    return await queue.write(procedure, args);
  }
}
