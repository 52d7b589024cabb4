import { CommandError } from "../command-line/failures.ts";
import { describeError, serviceFailure } from "../output/errors.ts";
import type { Undo } from "./action.ts";

/** A piece of work. What undoes it is kept as soon as there is something to undo. */
export interface Task {
  /** What it does, after `cannot`. */
  readonly text: string;
  readonly run: (keep: (undo: Undo) => void) => Promise<void>;
}

/** What comes when all tasks are done; when it fails, they are undone too. */
export interface HandOver {
  readonly run: () => Promise<void>;
  readonly describeFailure: (error: unknown) => string;
}

/**
 * Does one task after the other. When one fails, or the user interrupts, what this run made is undone in reverse order.
 * INVARIANT: the error says of everything this run made whether it is gone or left.
 */
export async function runUndoable(tasks: Iterable<Task>, signal: AbortSignal, handOver?: HandOver): Promise<void> {
  const undos: Undo[] = [];
  let doing: Task | undefined;
  let describe = (error: unknown): string => describeFailure(doing, error);
  try {
    for (const task of tasks) {
      if (signal.aborted) throw new CommandError("interrupted");
      doing = task;
      await task.run((undo) => undos.push(undo));
    }
    doing = undefined;
    if (handOver === undefined) return;
    describe = handOver.describeFailure;
    await handOver.run();
  } catch (error) {
    const left = await undoAll(undos);
    throw new CommandError(
      [describe(error), ...unknownOutcome(doing, error), undone(undos, left)].filter((part) => part !== "").join("; "),
      { cause: error },
    );
  }
}

async function undoAll(undos: readonly Undo[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const undo of [...undos].reverse()) {
    try {
      await undo.run();
    } catch (error) {
      left.push(`${undo.remains} (${describeError(error)}), to be removed with: ${undo.command}`);
    }
  }
  return left;
}

function undone(undos: readonly Undo[], left: readonly string[]): string {
  if (left.length > 0) return `left behind: ${left.join("; ")}`;
  return undos.length > 0 ? "what this run had made was undone" : "";
}

const neverSent: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "CredentialsProviderError"]);

/** When no answer came, the service may have made the change. */
function unknownOutcome(task: Task | undefined, error: unknown): readonly string[] {
  if (task === undefined || error instanceof CommandError) return [];
  const { code, status } = serviceFailure(error);
  if (neverSent.has(code)) return [];
  return status === undefined || status >= 500 ? ["it is not known whether that was done"] : [];
}

function describeFailure(task: Task | undefined, error: unknown): string {
  const reason = describeError(error);
  return task === undefined || error instanceof CommandError ? reason : `cannot ${task.text}: ${reason}`;
}
