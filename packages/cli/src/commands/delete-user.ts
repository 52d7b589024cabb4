import { deleteUser as removeUser, inspectUser } from "../plan/delete-user.ts";
import { CommandError } from "../command-line/failures.ts";
import { userClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "../command-line/definition.ts";

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
  for (const { name, unknown } of users) {
    for (const { what, answer } of unknown)
      context.say(
        `Warning: the service cannot list the ${what} of user ${name} (${answer}); it may refuse to delete a user that has any`,
      );
  }
  const people = users.filter((user) => user.humanIndicators.length > 0);
  if (people.length > 0 && !hasOption(options, "yes")) {
    const who = people.map((user) => `${user.name} has ${user.humanIndicators.join(" and ")}`).join(", ");
    throw new CommandError(`${who}: this looks like a person, nothing was deleted; add --yes to delete`);
  }
  if (hasOption(options, "plan")) {
    for (const { name, attachments } of users) {
      const lines = [...attachments.map(({ what }) => what), "user"].map(
        (what) => `  Would delete ${context.shown(what)}\n`,
      );
      await context.print(`User: ${context.shown(name)}\n${lines.join("")}`);
    }
    return 0;
  }
  for (const user of users) {
    if (context.signal.aborted) throw new CommandError(`interrupted before user ${user.name}`);
    await context.print(`User: ${context.shown(user.name)}\n`);
    await removeUser(iam, user, (line) => context.print(`  ${context.shown(line)}\n`));
  }
  return 0;
}

export const deleteUser: Command = { definition, run };
