import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { statusLine } from "../output/status-line.ts";
import { refusal } from "./database-options.ts";

const definition = {
  name: "backup",
  summary: "Copy a gateway's data folder as it is at one moment, while the gateway runs or when it does not",
  arguments: [],
  options: [
    { name: "data", value: "DIR", summary: "data folder of the gateway; must be given" },
    { name: "to", value: "DIR", summary: "where the backup is made, a name that is not there yet; must be given" },
    {
      name: "previous",
      value: "DIR",
      summary: "an earlier backup on the same disk, with which it shares the bytes of large objects",
    },
    { name: "without-key-file", summary: "leave out the key file and the files with keys: keep those elsewhere" },
  ],
  service: false,
  example: "s3-credentials backup --data ./data --to /mnt/backups/monday",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const [dataDir, target] = ["data", "to"].map((name) => textOption(options, name) ?? "");
  if (dataDir === undefined || dataDir === "")
    throw new UsageError("backup needs the data folder of the gateway: give it with --data DIR");
  if (target === undefined || target === "")
    throw new UsageError("backup needs a place for the backup: give it with --to DIR");
  const withSecrets = !hasOption(options, "without-key-file");
  const previous = textOption(options, "previous");
  const { backUpFolder } = await import("@s3-credentials/gateway");
  const report = statusLine(context.stderr);
  const outcome = await backUpFolder({ dataDir, target, previous, withSecrets, report }).finally(() => report(""));
  if ("message" in outcome) throw refusal(outcome);
  const { databases, linked, copied, damaged, database } = outcome;
  context.say(`Copied ${databases} databases and ${copied} blob files; ${linked} blob files are hard links`);
  if (!withSecrets)
    context.say("The key file and the files with keys are not in it: without the key file it has no working keys");
  if (database !== undefined)
    context.say(
      `Users, policies, keys, sessions and events are in the database ${database}: back that up with pg_dump`,
    );
  await context.print(`${target}\n`);
  if (damaged.length === 0) return 0;
  throw new CommandError(
    `the backup is there, but the data folder lacks ${damaged.length} blob files that objects need, or cannot read them, such as ${damaged[0] ?? ""}: put them back from an earlier backup`,
  );
}

export const backup: Command = { definition, run };
