import { inspectRole } from "../plan/delete-identity.ts";
import { iamClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { need } from "../service/providers.ts";
import { deleteIdentities } from "./delete-identities.ts";
import { planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";

const definition = {
  name: "delete-role",
  summary: "Delete roles with their policies and everything else that belongs to them",
  arguments: [{ name: "ROLES", summary: "names of roles", repeatable: true }],
  options: [planOption],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials delete-role thumbnails",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const connection = await connectionOf(context, options);
  need(connection.provider, "roles", "delete a role");
  const iam = await iamClient(connection);
  const roles = [];
  // All of them are looked at before the first is touched: a wrong name among them changes nothing.
  for (const name of new Set(positionals)) roles.push(await inspectRole(iam, name));
  await deleteIdentities(context, options, roles);
  return 0;
}

export const deleteRole: Command = { definition, run };
