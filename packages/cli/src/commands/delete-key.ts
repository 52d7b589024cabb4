import { CommandError } from "../command-line/failures.ts";
import { openServices, type Services } from "../plan/services.ts";
import type { Plan, Step } from "../plan/steps.ts";
import { listKeyIds } from "../service/users.ts";
import { need } from "../service/providers.ts";
import { runPlan, planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";

const definition = {
  name: "delete-key",
  summary: "Delete access keys of a user for good, which makes room for new ones",
  arguments: [
    { name: "USER", summary: "name of the user" },
    { name: "KEYS", summary: "access key IDs; list-keys USER shows them", repeatable: true },
  ],
  options: [{ name: "silent", summary: "do not report the steps" }, planOption],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials delete-key s3.read-only.my-bucket AKIAIOSFODNN7EXAMPLE",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const [user = "", ...keys] = positionals;
  const { services } = await openServices(context, options);
  await runPlan(context, options, await planDeletion(services, user, new Set(keys)), services);
  return 0;
}

/** When one id of several is wrong, nothing is deleted, because a deleted key cannot be restored. */
async function planDeletion({ iam, provider }: Services, user: string, asked: ReadonlySet<string>): Promise<Plan> {
  need(provider, "users", "delete keys of a user");
  const there = new Set<string>();
  for await (const key of listKeyIds(iam, user)) there.add(key);
  const missing = [...asked].filter((key) => !there.has(key));
  if (missing.length > 0)
    throw new CommandError(
      `user ${user} has no access key ${missing.join(", ")}; nothing was deleted: list-keys ${user} shows the keys`,
    );
  const steps = [...asked].map((accessKeyId): Step => ({ kind: "delete-access-key", user, accessKeyId }));
  return { steps, warnings: [] };
}

export const deleteKey: Command = { definition, run };
