import { type Connection, type Writer, storeErrorOf } from "./connection.ts";
import type { SentError, WriteReply, WriteRequest } from "./writer-protocol.ts";

/** The result, or a promise of it. */
export type RunProcedure = (writer: Writer, request: WriteRequest) => unknown;

export function sentError(error: unknown): SentError {
  const { kind, message } = storeErrorOf(error);
  return { kind, message };
}

/**
 * Runs requests in one transaction with one fsync. They run without savepoints first, because these cost a quarter of the time; when a
 * procedure throws, all is undone and run again, each in its own savepoint, so that only those that throw are undone.
 * INVARIANT: a reply with a result is made only after COMMIT returned; when COMMIT or an undo fails, every request of the group is
 * rejected, because none of them is known to be stored.
 */
export async function commitGroup(
  connection: Connection,
  requests: readonly WriteRequest[],
  run: RunProcedure,
): Promise<readonly WriteReply[]> {
  return (await commitAll(connection, requests, run)) ?? (await commitEach(connection, requests, run));
}

/** Undefined: a procedure threw, nothing is stored, and the rest of the group can still be. */
async function commitAll(
  connection: Connection,
  requests: readonly WriteRequest[],
  run: RunProcedure,
): Promise<readonly WriteReply[] | undefined> {
  let running = false;
  try {
    connection.exec("BEGIN IMMEDIATE");
    running = true;
    const replies: WriteReply[] = [];
    for (const request of requests) replies.push(await runWithAlso(connection, request, run));
    running = false;
    connection.exec("COMMIT");
    return replies;
  } catch (error) {
    rollBack(connection);
    return running && requests.length > 1 ? undefined : rejectAll(requests, error);
  }
}

async function commitEach(
  connection: Connection,
  requests: readonly WriteRequest[],
  run: RunProcedure,
): Promise<readonly WriteReply[]> {
  try {
    connection.exec("BEGIN IMMEDIATE");
    const replies: WriteReply[] = [];
    for (const request of requests) replies.push(await inSavepoint(connection, request, run));
    connection.exec("COMMIT");
    return replies;
  } catch (error) {
    rollBack(connection);
    return rejectAll(requests, error);
  }
}

export function rejectAll(requests: readonly WriteRequest[], error: unknown): readonly WriteReply[] {
  const sent = sentError(error);
  return requests.map(({ id }) => ({ id, error: sent }));
}

async function inSavepoint(connection: Connection, request: WriteRequest, run: RunProcedure): Promise<WriteReply> {
  connection.exec("SAVEPOINT one");
  try {
    const reply = await runWithAlso(connection, request, run);
    connection.exec("RELEASE one");
    return reply;
  } catch (error) {
    undo(connection, error);
    return { id: request.id, error: sentError(error) };
  }
}

async function runWithAlso(connection: Connection, request: WriteRequest, run: RunProcedure): Promise<WriteReply> {
  const { id, also } = request;
  if (also === undefined) return { id, result: await run(connection, request) };
  let changed = 0;
  const counting: Writer = {
    get: (sql, params, row) => connection.get(sql, params, row),
    all: (sql, params, row) => connection.all(sql, params, row),
    run: (sql, params) => {
      const rows = connection.run(sql, params);
      changed += rows;
      return rows;
    },
  };
  const result = await run(counting, request);
  if (changed === 0) return { id, result };
  await run(connection, { id, ...also });
  return { id, result, alsoRan: true };
}

/** SQLite rolls back the whole transaction by itself on some errors (disk full, I/O). Then there is no savepoint to roll back to. */
function undo(connection: Connection, error: unknown): void {
  try {
    connection.exec("ROLLBACK TO one");
    connection.exec("RELEASE one");
  } catch {
    throw storeErrorOf(error); // fails the group, with the cause and not its consequence
  }
}

/** Where an error ended a transaction, so that this error is the one that is told. */
export function rollBack(connection: Connection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // SQLite had rolled back already.
  }
}
