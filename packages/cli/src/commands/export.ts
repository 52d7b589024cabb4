import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  positional,
} from "../command-line/definition.ts";
import { openPlace, readService } from "../configuration/read-service.ts";
import { checkTarget, writeDirectory } from "../configuration/write-directory.ts";

/** For credentials that may not ask for the organization. */
export const withoutOrganizationOption = {
  name: "without-organization",
  summary: "do not touch the organization, even with the management account's credentials",
} as const;

const definition = {
  name: "export",
  summary: "Write the users, groups, roles, policies and settings of the account into a folder, one file for each",
  arguments: [{ name: "DIR", summary: "folder: a new or empty one, or that of an earlier export of this account" }],
  options: [withoutOrganizationOption],
  service: true,
  example: "s3-credentials export account/ --local",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const directory = positional(invocation, 0);
  checkTarget(directory);
  const place = await openPlace(context, invocation.options);
  const state = await readService(place, !hasOption(invocation.options, "without-organization"));
  for (const left of state.organization?.left ?? []) context.say(`Warning: ${context.shown(left)}: this is left out`);
  const { written, removed, unchanged } = writeDirectory(directory, state.configuration);
  context.say(
    `Account ${place.account}: ${written} files written, ${removed} removed, ${unchanged} as they were in ${directory}`,
  );
  return 0;
}

export const exportCommand: Command = { definition, run };
