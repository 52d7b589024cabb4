import { writeRows } from "../output/rows.ts";
import { userClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { listUsers as usersOf } from "../service/users.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-users",
  summary: "List the users of the account",
  arguments: [],
  options: rowOptions,
  service: true,
  example: "s3-credentials list-users --csv",
} as const satisfies CommandDefinition;

const headers = ["UserName", "UserId", "Arn", "Path", "CreateDate", "PasswordLastUsed", "PermissionsBoundary", "Tags"];

async function run(context: Context, { options }: Invocation): Promise<number> {
  const iam = await userClient(await connectionOf(context, options));
  await writeRows(usersOf(iam), headers, rowFormat(options), context);
  return 0;
}

export const listUsers: Command = { definition, run };
