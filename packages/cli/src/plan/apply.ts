import type { JsonObject } from "../formats/json.ts";
import { describeError, failedWith, serviceFailure } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import { checkReceivedCredentials } from "../service/received-keys.ts";
import { actions } from "./actions.ts";
import type { ActionContext, Outcome, Undo } from "./action.ts";
import { describeStep } from "./describe-step.ts";
import type { Plan, Step } from "./steps.ts";

export interface PlanRun extends Omit<ActionContext, "credentials"> {
  /** Hands the credentials over. When that fails they are taken back, because nobody has received them. */
  readonly deliver: (credentials: JsonObject) => Promise<void>;
}

/**
 * Runs a plan. When a step fails, or the user interrupts, what this run made is undone in reverse order.
 * INVARIANT: the error says of everything this run made whether it is gone or left.
 */
export async function applyPlan(plan: Plan, planRun: PlanRun): Promise<void> {
  const undos: Undo[] = [];
  let doing: Step | undefined;
  try {
    let credentials: JsonObject | undefined;
    for (const step of plan.steps) {
      if (planRun.signal.aborted) throw new CommandError("interrupted");
      doing = step;
      const outcome = await act(step, { ...planRun, credentials });
      if (outcome.undo !== undefined) undos.push(outcome.undo);
      if (outcome.credentials !== undefined) checkReceivedCredentials(outcome.credentials);
      if (outcome.message !== undefined) planRun.report(outcome.message);
      credentials = outcome.credentials ?? credentials;
    }
    doing = undefined;
    if (credentials !== undefined) await planRun.deliver(credentials);
  } catch (error) {
    const left = await undoAll(undos);
    throw new CommandError(
      [describeFailure(doing, error), ...unknownOutcome(doing, error), undone(undos, left)]
        .filter((part) => part !== "")
        .join("; "),
      {
        cause: error,
      },
    );
  }
}

function act(step: Step, context: ActionContext): Promise<Outcome> {
  // The table is total over the kinds and each entry takes the step of its own kind.
  const action = actions[step.kind] as (step: Step, context: ActionContext) => Promise<Outcome>;
  return action(step, context);
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
function unknownOutcome(step: Step | undefined, error: unknown): readonly string[] {
  if (step === undefined || error instanceof CommandError) return [];
  const { code, status } = serviceFailure(error);
  if (neverSent.has(code)) return [];
  return status === undefined || status >= 500 ? ["it is not known whether that was done"] : [];
}

function describeFailure(step: Step | undefined, error: unknown): string {
  const reason = describeError(error);
  if (step === undefined && failedWith(error, "EPIPE"))
    return "nobody has the credentials: standard output was closed before they were written (EPIPE)";
  if (step === undefined && !(error instanceof CommandError))
    return `nobody has the credentials, because they could not be written: ${reason}`;
  return step === undefined || error instanceof CommandError ? reason : `cannot ${describeStep(step)}: ${reason}`;
}
