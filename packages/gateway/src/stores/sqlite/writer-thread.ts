import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { StoreError } from "../../ports/store-error.ts";
import { type RunProcedure, commitGroup, sentError } from "./commit-group.ts";
import { type Connection, type Writer, openConnection } from "./connection.ts";
import { migrate } from "./migration.ts";
import type { FromWriter, ToWriter, WriteReply, WriteRequest, WriterOptions } from "./writer-protocol.ts";

/** How long what an unsynced procedure stored may be lost by a failure of the machine, ms. */
const syncWithinMs = 1000;

/** Bounds the time one transaction takes, not the throughput: what is left goes into the next. */
const groupLimit = 256;

async function main(port: MessagePort, options: WriterOptions): Promise<void> {
  let connection: Connection;
  let run: RunProcedure;
  let isUnsynced: (request: WriteRequest) => boolean;
  try {
    const module: unknown = await import(options.procedures);
    run = runnerOf(module);
    isUnsynced = unsyncedOf(module);
    connection = openConnection(options.path);
    connection.exec("PRAGMA journal_mode = WAL");
    connection.exec("PRAGMA synchronous = FULL");
    connection.exec("PRAGMA foreign_keys = ON");
    connection.exec("PRAGMA busy_timeout = 2000");
    migrate(connection, options.path, options.migrations);
  } catch (error) {
    send(port, { kind: "failed", error: sentError(error) });
    return;
  }
  const syncing = new Syncing(connection);
  const commit = (group: readonly WriteRequest[]): readonly WriteReply[] => {
    syncing.before(group.every(isUnsynced));
    return commitGroup(connection, group, run);
  };
  port.on("message", (message: ToWriter) => {
    if (!drain(port, commit, message)) return;
    syncing.end();
    checkpoint(connection);
    connection.close();
    send(port, { kind: "closed" });
    port.close();
  });
  send(port, { kind: "ready" });
}

/** A commit alone is synced to the disk, or not at all until somebody else's commit or the timer does it. */
class Syncing {
  readonly #connection: Connection;
  #timer: NodeJS.Timeout | undefined;
  #isFull = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  before(unsynced: boolean): void {
    if (this.#isFull === unsynced) {
      this.#connection.exec(`PRAGMA synchronous = ${unsynced ? "NORMAL" : "FULL"}`);
      this.#isFull = !unsynced;
    }
    // SQLite syncs the whole write-ahead log before it moves pages from it: https://www.sqlite.org/pragma.html#pragma_synchronous
    if (unsynced) this.#timer ??= setTimeout(() => this.#sync(), syncWithinMs);
  }

  #sync(): void {
    this.#timer = undefined;
    try {
      this.#connection.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // The disk is full, for example. The log keeps everything, and the next commits try it again.
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Takes what has queued up while the last group was committing: the group grows with the load. Gives whether this was the end. */
function drain(
  port: MessagePort,
  commit: (group: readonly WriteRequest[]) => readonly WriteReply[],
  first: ToWriter,
): boolean {
  const group: WriteRequest[] = [];
  let message: ToWriter | undefined = first;
  while (message?.kind === "write") {
    group.push(message.request);
    if (group.length >= groupLimit) {
      message = undefined;
      break;
    }
    message = (receiveMessageOnPort(port) as { readonly message: ToWriter } | undefined)?.message;
  }
  if (group.length > 0) send(port, { kind: "replies", replies: commit(group) });
  return message?.kind === "close";
}

/** Moves the write-ahead log into the database file, so that a copy of that file alone is whole. */
function checkpoint(connection: Connection): void {
  try {
    connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // The disk is full, for example. Everything is in the log, and the next start reads it from there.
  }
}

function runnerOf(module: unknown): RunProcedure {
  const table = typeof module === "object" && module !== null && "procedures" in module ? module.procedures : undefined;
  if (typeof table !== "object" || table === null) throw new StoreError("corrupt", "the module exports no procedures");
  const procedures = new Map<string, unknown>(Object.entries(table));
  return (writer: Writer, request) => {
    const procedure = procedures.get(request.procedure);
    if (typeof procedure !== "function") throw new StoreError("corrupt", `no procedure named ${request.procedure}`);
    return (procedure as (writer: Writer, args: unknown) => unknown)(writer, request.args);
  };
}

function unsyncedOf(module: unknown): (request: WriteRequest) => boolean {
  const names = typeof module === "object" && module !== null && "unsynced" in module ? module.unsynced : undefined;
  return ({ procedure, also }) => names instanceof Set && names.has(procedure) && also === undefined;
}

function send(port: MessagePort, message: FromWriter): void {
  port.postMessage(message);
}

if (parentPort !== null) await main(parentPort, workerData as WriterOptions);
