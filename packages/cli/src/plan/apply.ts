import type { JsonObject } from "../formats/json.ts";
import { describeError, failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import { checkReceivedCredentials } from "../service/received-keys.ts";
import { actions } from "./actions.ts";
import type { ActionContext, Outcome } from "./action.ts";
import { describeStep } from "./describe-step.ts";
import { runUndoable, type Task } from "./run-undoable.ts";
import type { Plan, Step } from "./steps.ts";

export interface PlanRun extends Omit<ActionContext, "credentials" | "attempt"> {
  /** Hands the credentials over. When that fails they are taken back, because nobody has received them. */
  readonly deliver: (credentials: JsonObject) => Promise<void>;
}

/**
 * Runs a plan. When a step fails, or the user interrupts, what this run made is undone in reverse order, unless it stays.
 * INVARIANT: the error says of everything this run made whether it is gone or left.
 */
export async function applyPlan(plan: Plan, planRun: PlanRun): Promise<void> {
  let credentials: JsonObject | undefined;
  let done = 0;
  const tasks = plan.steps.map((step): Task => ({
    text: describeStep(step),
    async run(keep, attempt) {
      const outcome = await act(step, { ...planRun, credentials, attempt: plan.stays === true ? () => {} : attempt });
      done += 1;
      if (outcome.undo !== undefined && plan.stays !== true) keep(outcome.undo);
      if (outcome.credentials !== undefined) checkReceivedCredentials(outcome.credentials);
      if (outcome.message !== undefined) planRun.report(outcome.message);
      credentials = outcome.credentials ?? credentials;
    },
  }));
  const handOver = {
    async run() {
      if (credentials !== undefined) await planRun.deliver(credentials);
    },
    describeFailure: notDelivered,
  };
  try {
    await runUndoable(tasks, planRun.signal, handOver);
  } catch (error) {
    if (plan.stays !== true || done === 0) throw error;
    throw new CommandError(`${describeError(error)}; what was done stays: run the command again`, {
      cause: error,
    });
  }
}

function act(step: Step, context: ActionContext): Promise<Outcome> {
  // The table is total over the kinds and each entry takes the step of its own kind.
  const action = actions[step.kind] as (step: Step, context: ActionContext) => Promise<Outcome>;
  return action(step, context);
}

function notDelivered(error: unknown): string {
  if (failedWith(error, "EPIPE"))
    return "nobody has the credentials: standard output was closed before they were written (EPIPE)";
  const reason = describeError(error);
  return error instanceof CommandError
    ? reason
    : `nobody has the credentials, because they could not be written: ${reason}`;
}
