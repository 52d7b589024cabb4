import type { JsonObject } from "../formats/json.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionDefinition, type OptionValues, textOption } from "../command-line/definition.ts";
import {
  credentialFormatNames,
  formatCredentials,
  profileSettings,
  type ServicePlace,
} from "../output/credential-formats.ts";
import { flushOutput, outputState } from "../output/standard-output.ts";
import { checkProfileFree, checkProfileName, unusedKeysWarning, writeProfile } from "../service/profile-file.ts";

/** Where the credentials a command makes go. */
export const credentialOutputOptions = [
  {
    name: "write-profile",
    value: "NAME",
    summary: "put them into the shared AWS credentials file, instead of printing them",
  },
  { name: "force", summary: "with --write-profile: replace keys that this tool did not write for the same user" },
] as const satisfies readonly OptionDefinition[];

export const formatOption = {
  name: "format",
  short: "f",
  value: "FORMAT",
  choices: credentialFormatNames,
  default: "json",
  summary: "form of the credentials",
} as const satisfies OptionDefinition;

/** What can be refused without looking at anything. */
export function checkOutputOptions(options: OptionValues): void {
  const profile = textOption(options, "write-profile");
  if (profile !== undefined) checkProfileName(profile);
  else if (hasOption(options, "force")) throw new UsageError("--force is for --write-profile");
}

/**
 * How the credentials are handed over. Called before any are made: throws where nobody would get them. `user` is whose
 * permanent keys they are.
 */
export function credentialOutput(
  context: Context,
  options: OptionValues,
  place: ServicePlace,
  user: string | undefined,
): (credentials: JsonObject) => Promise<void> {
  const profile = textOption(options, "write-profile");
  if (profile === undefined) {
    if (!hasOption(options, "plan")) checkReader(context);
    return async (credentials) => {
      await context.print(formatCredentials(credentials, textOption(options, "format"), place));
      flushOutput(context.stdout);
    };
  }
  const target = { profile, user, endpoint: place.settings["endpoint_url"], force: hasOption(options, "force") };
  checkProfileFree(context.env, target);
  return async (credentials) => {
    const settings = profileSettings(credentials, place);
    const file = await writeProfile(context.env, { ...target, settings });
    context.say(`Wrote profile ${profile} to ${file}`);
    const unused = unusedKeysWarning(context.env, profile);
    if (unused !== undefined) context.say(`Warning: ${unused}`);
  };
}

function checkReader(context: Context): void {
  const state = outputState(context.stdout);
  if (state === "closed")
    throw new CommandError(
      "standard output is closed, so nobody would have the credentials and none were made; send it to a file, or use --write-profile NAME",
    );
  if (state === "discarded")
    context.say("Warning: standard output is /dev/null, so nobody will have the secret of these credentials");
}
