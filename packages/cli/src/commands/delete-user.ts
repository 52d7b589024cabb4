import { inspectUser } from "../plan/delete-identity.ts";
import { userClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { deleteIdentities } from "./delete-identities.ts";
import { planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";

const definition = {
  name: "delete-user",
  summary: "Delete users with their policies, keys and everything else that belongs to them",
  arguments: [{ name: "USERS", summary: "names of users", repeatable: true }],
  options: [
    { name: "yes", short: "y", summary: "also users that have a password or an MFA device: people" },
    planOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials delete-user s3.read-write.my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const connection = await connectionOf(context, options);
  const iam = await userClient(connection);
  const users = [];
  // All of them are looked at before the first is touched: a wrong name among them changes nothing.
  for (const name of new Set(positionals)) users.push(await inspectUser(iam, name, connection.provider));
  await deleteIdentities(context, options, users);
  return 0;
}

export const deleteUser: Command = { definition, run };
