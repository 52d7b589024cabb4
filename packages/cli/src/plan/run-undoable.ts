import { CommandError } from "../command-line/failures.ts";
import { describeError, failedWith, serviceFailure } from "../output/errors.ts";
import type { Undo } from "./action.ts";

/** A piece of work. What undoes it is kept as soon as there is something to undo. */
export interface Task {
  /** What it does, after `cannot`. */
  readonly text: string;
  /** `attempt` comes before a call whose answer may be lost, with what leaves all as it was whether the call was made or not. */
  readonly run: (keep: (undo: Undo) => void, attempt: (undo: Undo) => void) => Promise<void>;
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
  let attempted: Undo | undefined;
  let describe = (error: unknown): string => describeFailure(doing, error);
  try {
    for (const task of tasks) {
      if (signal.aborted) throw new CommandError("interrupted");
      doing = task;
      attempted = undefined;
      await task.run(
        (undo) => undos.push(undo),
        (undo) => (attempted = undo),
      );
    }
    doing = undefined;
    if (handOver === undefined) return;
    describe = handOver.describeFailure;
    await handOver.run();
  } catch (error) {
    const unsure = doing !== undefined && isUnknownOutcome(error) ? [await takeBack(attempted)] : [];
    const left = await undoAll(undos);
    throw new CommandError([describe(error), ...unsure, undone(undos, left)].filter((part) => part !== "").join("; "), {
      cause: error,
    });
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
export function isUnknownOutcome(error: unknown): boolean {
  if (error instanceof CommandError) return false;
  const { code, status } = serviceFailure(error);
  return !neverSent.has(code) && (status === undefined || status >= 500);
}

/** Whether the service says that there is nothing to undo, because the call was not made. */
export function isAsBefore(error: unknown): boolean {
  return failedWith(error, "NoSuchEntity", "NoSuchEntityException", "EntityAlreadyExists", ...organizationAsBefore);
}

const organizationAsBefore = [
  "DuplicatePolicyAttachmentException",
  "PolicyNotAttachedException",
  "PolicyTypeNotEnabledException",
] as const;

/**
 * Undoes what may have been done. Otherwise a user could be left without any key that works: the old one turned off, and the new one deleted
 * as the earlier steps are undone.
 */
async function takeBack(attempted: Undo | undefined): Promise<string> {
  const unknown = "it is not known whether that was done";
  if (attempted === undefined) return unknown;
  try {
    await attempted.run();
  } catch (error) {
    if (!isAsBefore(error))
      return `${unknown}; if it was, left behind: ${attempted.remains} (${describeError(error)}), to be removed with: ${attempted.command}`;
  }
  return `${unknown}, so it was taken back`;
}

function describeFailure(task: Task | undefined, error: unknown): string {
  const reason = describeError(error);
  return task === undefined || error instanceof CommandError ? reason : `cannot ${task.text}: ${reason}`;
}
