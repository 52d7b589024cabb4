import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { StoreError } from "../../ports/store-error.ts";
import { type RunProcedure, commitGroup, rejectAll, sentError } from "./commit-group.ts";
import { type Connection, type Writer, openConnection } from "./connection.ts";
import { FilePlace } from "./file-place.ts";
import { migrate } from "./migrate.ts";
import type { FromWriter, ToWriter, WriteReply, WriteRequest, WriterOptions } from "./writer-protocol.ts";

/** Bounds the time one transaction takes, not the throughput: what is left goes into the next. */
const groupLimit = 64;

async function main(port: MessagePort, options: WriterOptions): Promise<void> {
  let connection: Connection;
  let run: RunProcedure;
  try {
    run = runnerOf(await import(options.procedures));
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
  const commits = new Int32Array(options.commits);
  const place = new FilePlace(options.path);
  const commit: Commit = async (group) => {
    const before = place.fault();
    if (before !== undefined) return rejectAll(group, new StoreError("unavailable", before));
    const replies = await commitGroup(connection, group, run);
    // INVARIANT: moved before the replies leave, so that whoever has one and asks again finds no older answer kept.
    Atomics.add(commits, 0, 1);
    // INVARIANT: nothing is acknowledged that the next process would not find.
    const after = place.fault();
    return after === undefined ? replies : rejectAll(group, new StoreError("unavailable", after));
  };
  // INVARIANT: one group after the other: the steps of two transactions never mix, however long a procedure takes.
  let last = Promise.resolve();
  port.on("message", (message: ToWriter) => {
    last = last.then(() => drain(port, connection, commit, message));
  });
  send(port, { kind: "ready" });
}

type Commit = (group: readonly WriteRequest[]) => Promise<readonly WriteReply[]>;

/** Takes what has queued up while the last group was committing: the group grows with the load. */
async function drain(port: MessagePort, connection: Connection, commit: Commit, first: ToWriter): Promise<void> {
  let group: readonly WriteRequest[] = [];
  let message: ToWriter | undefined = first;
  while (message?.kind === "write") {
    group = group.length === 0 ? message.requests : [...group, ...message.requests];
    message =
      group.length < groupLimit
        ? (receiveMessageOnPort(port) as { readonly message: ToWriter } | undefined)?.message
        : undefined;
  }
  for (let at = 0; at < group.length; at += groupLimit)
    send(port, { kind: "replies", replies: await commit(group.slice(at, at + groupLimit)) });
  if (message?.kind === "close") {
    checkpoint(connection);
    connection.close();
    send(port, { kind: "closed" });
    port.close();
  }
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

function send(port: MessagePort, message: FromWriter): void {
  port.postMessage(message);
}

if (parentPort !== null) await main(parentPort, workerData as WriterOptions);
