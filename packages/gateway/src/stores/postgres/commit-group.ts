import type pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import type { Writer } from "../sql/database.ts";
import { integer } from "../sql/sql-value.ts";
import { clientReader } from "./connections.ts";
import { type GroupScripts, othersIn } from "./group-scripts.ts";
import type { OtherGateways } from "./lease.ts";
import { type Result, runScript, runStatement } from "./statements.ts";

export interface WriteRequest {
  readonly procedure: string;
  readonly args: unknown;
  /** Runs in the same savepoint when the procedure changed a row: both are stored, or neither. */
  readonly also?: { readonly procedure: string; readonly args: unknown };
}

export type RunProcedure = (writer: Writer, procedure: string, args: unknown) => Promise<unknown>;

export type WriteReply =
  | {
      readonly result: unknown;
      readonly alsoRan: boolean;
      readonly movedRevision: boolean;
      /** It changed no row: what it was to do is done already, perhaps by a change that no other gateway has confirmed yet. */
      readonly isIdle: boolean;
    }
  | { readonly error: StoreError };

export interface GroupOutcome {
  /** In the order of the requests. */
  readonly replies: readonly WriteReply[];
  /** What the revision is now, and what the others' rows said after the commit. Undefined: the tables have none, or nothing is stored. */
  readonly seen: { readonly revision: number; readonly others: OtherGateways | undefined } | undefined;
}

/**
 * Runs requests in one transaction with one flush to the disk, as SQLite's writer does: without savepoints first, because each costs two
 * messages; when a procedure throws, all is undone and run again, each in its own savepoint, so that only those that throw are undone.
 * INVARIANT: a reply with a result is made only after COMMIT was answered as COMMIT. When that fails, every request of the group is
 * rejected, because none of them is known to be stored.
 */
export async function commitGroup(
  client: pg.ClientBase,
  requests: readonly WriteRequest[],
  run: RunProcedure,
  scripts: GroupScripts,
): Promise<GroupOutcome> {
  const all = await attempt(client, requests, run, scripts, false);
  return all ?? (await attempt(client, requests, run, scripts, true)) ?? rejectAll(requests, undoFailed);
}

const undoFailed = new StoreError("unavailable", "a write could not be undone");

/** Undefined: without savepoints a procedure threw, nothing is stored, and the rest of the group can still be. */
async function attempt(
  client: pg.ClientBase,
  requests: readonly WriteRequest[],
  run: RunProcedure,
  scripts: GroupScripts,
  inSavepoints: boolean,
): Promise<GroupOutcome | undefined> {
  const { begin, hasRevision } = scripts;
  let isRunning = false;
  try {
    const before = revisionIn((await runScript(client, begin)).at(-1), hasRevision);
    isRunning = true;
    const replies: WriteReply[] = [];
    for (const request of requests) replies.push(await (inSavepoints ? runInSavepoint : runOne)(client, request, run));
    isRunning = false;
    return outcomeOf(replies, before, await runScript(client, scripts.commit(before)), hasRevision);
  } catch (cause) {
    const error = faultOf(cause);
    await runScript(client, "ROLLBACK").catch(() => {}); // a connection that is lost has rolled back
    return isRunning && !inSavepoints && requests.length > 1 ? undefined : rejectAll(requests, error);
  }
}

function outcomeOf(
  replies: readonly WriteReply[],
  before: number,
  answers: readonly Result[],
  hasRevision: boolean,
): GroupOutcome {
  // PostgreSQL answers the COMMIT of a transaction in which a statement had failed with ROLLBACK, and with no error.
  if (!answers.some(({ command }) => command === "COMMIT"))
    throw new StoreError("corrupt", "a procedure went on after a statement of it had failed");
  if (!hasRevision) return { replies, seen: undefined };
  const revision = revisionIn(answers[0], hasRevision);
  const moves = replies.filter((reply) => "result" in reply && reply.movedRevision).length;
  // The revision moved by what no writer was seen to do: then every write of the group may have done it.
  const counted = revision - before === moves ? replies : replies.map((reply) => ({ ...reply, movedRevision: true }));
  return { replies: counted, seen: { revision, others: othersIn(answers.at(-1)?.rows[0]) } };
}

/** What is no error of the database is a mistake in a procedure. */
function faultOf(cause: unknown): StoreError {
  return cause instanceof StoreError ? cause : new StoreError("corrupt", String(cause), { cause });
}

function revisionIn(result: Result | undefined, hasRevision: boolean): number {
  return hasRevision ? integer(result?.rows[0]?.[0]) : 0;
}

function rejectAll(requests: readonly WriteRequest[], error: StoreError): GroupOutcome {
  return { replies: requests.map(() => ({ error })), seen: undefined };
}

async function runInSavepoint(client: pg.ClientBase, request: WriteRequest, run: RunProcedure): Promise<WriteReply> {
  await runScript(client, "SAVEPOINT one");
  try {
    const reply = await runOne(client, request, run);
    await runScript(client, "RELEASE one");
    return reply;
  } catch (cause) {
    const error = faultOf(cause);
    await runScript(client, "ROLLBACK TO one; RELEASE one");
    return { error };
  }
}

async function runOne(client: pg.ClientBase, request: WriteRequest, run: RunProcedure): Promise<WriteReply> {
  const { procedure, args, also } = request;
  let changed = 0;
  let moves = 0;
  const writer: Writer = {
    ...clientReader(client),
    run: async (sql, params) => {
      const { count } = await runStatement(client, sql, params);
      changed += count;
      if (sql.startsWith("UPDATE revision ")) moves += count;
      return count;
    },
  };
  const result = await run(writer, procedure, args);
  const isIdle = changed === 0;
  const alsoRan = also !== undefined && !isIdle;
  if (alsoRan) await run(writer, also.procedure, also.args);
  return { result, alsoRan, movedRevision: moves > 0, isIdle };
}
