import { deleteIdentity, inspectUser } from "../plan/delete-identity.ts";
import { isoSeconds } from "../service/tool-tags.ts";
import { CommandError } from "../command-line/failures.ts";
import { serviceTime, userClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { issuedUsers } from "../service/issued.ts";
import { pruneLedger } from "../service/ledger.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "../command-line/definition.ts";

const definition = {
  name: "expire",
  summary:
    "Delete the users this tool made with --expires whose date is past, and forget temporary credentials that ended",
  arguments: [],
  options: [{ name: "plan", summary: "print what would be deleted, without doing it" }],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials expire --plan",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const connection = await connectionOf(context, options);
  const iam = await userClient(connection);
  const planOnly = hasOption(options, "plan");
  let kept = 0;
  for await (const { name, expires } of issuedUsers(iam)) {
    if (expires === undefined || expires > (await serviceTime(iam))) continue;
    if (context.signal.aborted) throw new CommandError(`interrupted before user ${name}`);
    const user = await inspectUser(iam, name, connection.provider);
    await context.print(`User: ${context.shown(name)}\n`);
    if (user.humanIndicators.length > 0) {
      context.say(`Warning: user ${name} has ${user.humanIndicators.join(" and ")} and is kept; use delete-user --yes`);
      kept += 1;
    } else if (planOnly) {
      for (const { what } of user.attachments) await context.print(`  Would delete ${context.shown(what)}\n`);
      await context.print(`  Would delete user, expired ${isoSeconds(expires)}\n`);
    } else {
      await deleteIdentity(user, (line) => context.print(`  ${context.shown(line)}\n`));
    }
  }
  if (!planOnly) await pruneLedger(context.env, await serviceTime(iam));
  return kept === 0 ? 0 : 1;
}

export const expire: Command = { definition, run };
