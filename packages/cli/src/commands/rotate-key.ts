import { textField } from "../formats/json.ts";
import { checkOutputOptions, credentialOutput, credentialOutputOptions, formatOption } from "./credential-output.ts";
import { CommandError } from "../command-line/failures.ts";
import { quota } from "../plan/quota.ts";
import { openServices, type Services } from "../plan/services.ts";
import type { Plan, Step } from "../plan/steps.ts";
import { listKeys } from "../service/users.ts";
import { servicePlace } from "../service/service-place.ts";
import { need } from "../service/providers.ts";
import { runPlan, planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  textOption,
  positional,
} from "../command-line/definition.ts";

const definition = {
  name: "rotate-key",
  summary: "Give a user a new access key and, once it works, turn the old one off",
  arguments: [{ name: "USER", summary: "name of the user" }],
  options: [
    {
      name: "key",
      value: "ID",
      summary: "the key to replace when the user has two, whether it works or revoke turned it off",
    },
    formatOption,
    ...credentialOutputOptions,
    { name: "silent", summary: "do not report the steps" },
    planOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials rotate-key s3.read-only.my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  checkOutputOptions(options);
  const user = positional(invocation, 0);
  const { connection, region, services } = await openServices(context, options);
  const deliver = credentialOutput(context, options, servicePlace(connection, region), user);
  const plan = await planRotation(services, user, textOption(options, "key"));
  await runPlan(context, options, plan, services, deliver);
  return 0;
}

/**
 * A key that is off is deleted to make room for the new one. The active one is turned off last, unless the key that is replaced is the one
 * that was off.
 */
async function planRotation({ iam, provider }: Services, user: string, chosen: string | undefined): Promise<Plan> {
  need(provider, "users", "rotate the key of a user");
  const active: string[] = [];
  const off: string[] = [];
  for await (const key of listKeys(iam, user)) {
    (textField(key, "Status") === "Active" ? active : off).push(textField(key, "AccessKeyId"));
  }
  if (chosen !== undefined && ![...active, ...off].includes(chosen))
    throw new CommandError(`user ${user} has no access key ${chosen}; list-keys ${user} shows the keys`);
  const room = active.length + off.length < quota.accessKeys;
  if (!room && off.length === 0)
    throw new CommandError(
      `user ${user} has ${active.length} active access keys (${active.join(", ")}) and may not have more, so the one to replace has to stop working first: revoke ${user} --key ID, then rotate-key ${user} --key ID`,
    );
  const steps: Step[] = [];
  const warnings: string[] = [];
  const replacesOff = chosen !== undefined && off.includes(chosen);
  const spare = replacesOff ? chosen : room ? undefined : off[0];
  if (spare !== undefined) steps.push({ kind: "delete-access-key", user, accessKeyId: spare });
  steps.push({ kind: "create-access-key", user }, { kind: "wait" });
  if (replacesOff) return { steps, warnings };
  const old = chosen ?? active[0];
  if (old === undefined) return { steps, warnings: [`user ${user} had no access key that was on`] };
  const status = provider.lacks["key-status"];
  if (status === undefined) steps.push({ kind: "deactivate-access-key", user, accessKeyId: old });
  // What cannot be undone waits until the new key is in use.
  else
    warnings.push(
      `access key ${old} goes on working, because ${status}; s3-credentials revoke ${user} --key ${old} ends it`,
    );
  return { steps, warnings };
}

export const rotateKey: Command = { definition, run };
