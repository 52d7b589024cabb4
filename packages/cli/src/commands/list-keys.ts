import type { IAMClient } from "@aws-sdk/client-iam";
import type { JsonObject } from "../formats/json.ts";
import { writeRows } from "../output/rows.ts";
import { userClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { listKeys as keysOf, listUserNames } from "../service/users.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-keys",
  summary: "List the access keys of users, of all when none is named; never a secret",
  arguments: [{ name: "USERS", summary: "names of users", optional: true, repeatable: true }],
  options: rowOptions,
  service: true,
  example: "s3-credentials list-keys --csv",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const iam = await userClient(await connectionOf(context, options));
  const headers = ["UserName", "AccessKeyId", "Status", "CreateDate"];
  await writeRows(rowsOf(iam, positionals), headers, rowFormat(options), context);
  return 0;
}

async function* rowsOf(iam: IAMClient, named: readonly string[]): AsyncGenerator<JsonObject> {
  for await (const user of named.length > 0 ? named : listUserNames(iam)) yield* keysOf(iam, user);
}

export const listKeys: Command = { definition, run };
