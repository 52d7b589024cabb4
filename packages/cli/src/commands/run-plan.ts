import { type JsonObject, textField } from "../formats/json.ts";
import { oneLine } from "../output/errors.ts";
import { statusLine } from "../output/status-line.ts";
import { applyPlan } from "../plan/apply.ts";
import { planText } from "../plan/describe-step.ts";
import type { Services } from "../plan/services.ts";
import type { Plan } from "../plan/steps.ts";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionDefinition, type OptionValues } from "../command-line/definition.ts";

/** The option of every command that changes something. */
export const planOption = {
  name: "plan",
  summary: "look at the service and print what would be done, without doing it",
} as const satisfies OptionDefinition;

/** Prints a plan, with `--plan`, or runs it and prints its steps unless `--silent`; false when it was only printed. */
export async function runPlan(
  context: Context,
  options: OptionValues,
  plan: Plan,
  services: Services,
  deliver: (credentials: JsonObject) => Promise<void> = async () => {},
): Promise<boolean> {
  if (plan.proved !== undefined && !hasOption(options, "silent")) context.say(plan.proved);
  for (const warning of plan.warnings) context.say(oneLine(`Warning: ${warning}`));
  if (hasOption(options, "plan")) {
    await context.print(planText(plan));
    return false;
  }
  const silent = hasOption(options, "silent");
  const progress = silent ? () => {} : statusLine(context.stderr);
  const report = (line: string): void => {
    progress("");
    if (!silent) context.say(line);
  };
  await applyPlan(plan, {
    services,
    signal: context.signal,
    report,
    progress,
    deliver: async (credentials) => {
      context.hide(textField(credentials, "SecretAccessKey"));
      context.hide(textField(credentials, "SessionToken"));
      await deliver(credentials);
    },
  });
  return true;
}
