import { dumps } from "../formats/python-json.ts";
import { userClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { documentOf } from "../service/document.ts";
import { listUserNames, listUserPolicyNames, userPolicyText } from "../service/users.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";

const definition = {
  name: "list-user-policies",
  summary: "Print the inline policies of users, of all when none is named",
  arguments: [{ name: "USERS", summary: "names of users", optional: true, repeatable: true }],
  options: [],
  service: true,
  example: "s3-credentials list-user-policies s3.read-write.my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const iam = await userClient(await connectionOf(context, options));
  for await (const user of positionals.length > 0 ? positionals : listUserNames(iam)) {
    await context.print(`User: ${context.shown(user)}\n`);
    for await (const name of listUserPolicyNames(iam, user)) {
      await context.print(`PolicyName: ${context.shown(name)}\n`);
      await context.print(`${dumps(documentOf(await userPolicyText(iam, user, name)), 4)}\n`);
    }
  }
  return 0;
}

export const listUserPolicies: Command = { definition, run };
