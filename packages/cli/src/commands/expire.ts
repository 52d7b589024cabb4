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
    if (expires > latestHere()) {
      const by = "past its date by the clock of the service, but not by this machine's";
      context.say(`Warning: user ${name} is ${by}, and is kept; set the clock that is wrong`);
      kept += 1;
      continue;
    }
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
  const now = await serviceTime(iam);
  if (!planOnly) await pruneLedger(context.env, now < latestHere() ? now : latestHere());
  return kept === 0 ? 0 : 1;
}

/** Milliseconds that clocks may differ by: services refuse signatures of other times. */
const maxSkew = 15 * 60_000;

/**
 * What is deleted is gone, so this machine's clock has to agree: one server whose clock is wrong, or an answer that was changed on
 * its way, would end users years before their date.
 */
function latestHere(): Date {
  return new Date(Date.now() + maxSkew);
}

export const expire: Command = { definition, run };
