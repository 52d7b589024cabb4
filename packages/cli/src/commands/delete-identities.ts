import { CommandError } from "../command-line/failures.ts";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionValues } from "../command-line/definition.ts";
import { deleteIdentity, type InspectedIdentity } from "../plan/delete-identity.ts";

/** Deletes users or roles that were looked at, one after the other; with `--plan` says what would be deleted. */
export async function deleteIdentities(
  context: Context,
  options: OptionValues,
  identities: readonly InspectedIdentity[],
): Promise<void> {
  for (const { kind, name, unknown } of identities) {
    for (const { what, answer } of unknown)
      context.say(
        `Warning: the service cannot list the ${what} of ${kind} ${name} (${answer}); it may refuse to delete a ${kind} that has any`,
      );
  }
  const people = identities.filter(({ humanIndicators }) => humanIndicators.length > 0);
  if (people.length > 0 && !hasOption(options, "yes")) {
    const who = people.map(({ name, humanIndicators }) => `${name} has ${humanIndicators.join(" and ")}`).join(", ");
    throw new CommandError(`${who}: this looks like a person, nothing was deleted; add --yes to delete`);
  }
  for (const identity of identities) {
    const { kind, name, attachments } = identity;
    if (context.signal.aborted) throw new CommandError(`interrupted before ${kind} ${name}`);
    await context.print(`${kind === "user" ? "User" : "Role"}: ${context.shown(name)}\n`);
    if (hasOption(options, "plan")) {
      for (const what of [...attachments.map((attachment) => attachment.what), kind])
        await context.print(`  Would delete ${context.shown(what)}\n`);
    } else {
      await deleteIdentity(identity, (line) => context.print(`  ${context.shown(line)}\n`));
    }
  }
}
