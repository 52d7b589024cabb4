import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { statusLine } from "../output/status-line.ts";
import { databaseOptions, databaseRequest, refusal } from "./database-options.ts";

const definition = {
  name: "migrate-directory",
  summary: "Move users, policies, sessions and events of a gateway's data folder into a PostgreSQL; no gateway may run",
  arguments: [],
  options: [
    { name: "data", value: "DIR", summary: "data folder of the gateway; must be given" },
    ...databaseOptions("an empty database, postgres://USER@HOST/NAME; must be given"),
    { name: "undo", summary: "take the move back, as long as nothing was changed in the database" },
  ],
  service: false,
  example:
    "s3-credentials migrate-directory --data ./data --database postgres://gateway@db.example.com/s3credentials --database-password-file ./password",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const dataDir = textOption(options, "data");
  if (dataDir === undefined || dataDir === "")
    throw new UsageError("migrate-directory needs the data folder of the gateway: give it with --data DIR");
  const { moveDirectory, takeDirectoryBack } = await import("@s3-credentials/gateway");
  const report = statusLine(context.stderr);
  const request = { dataDir, database: databaseRequest(options, context.env), report };
  const outcome = await (hasOption(options, "undo") ? takeDirectoryBack(request) : moveDirectory(request)).finally(() =>
    report(""),
  );
  if ("message" in outcome) throw refusal(outcome);
  if (outcome.kind === "taken-back") {
    context.say(`Deleted the directory in the database ${outcome.database}`);
    context.say("The data folder is served without --database again");
    return 0;
  }
  const { copied, database, keyFile } = outcome;
  context.say(
    copied === undefined
      ? `Everything was in the database ${database} already`
      : `Moved ${copied.rows} rows of ${copied.tables} tables into the database ${database}, and compared them`,
  );
  context.say("The data folder is served with --database from now on; its objects and data events stay in it");
  await context.print(`key file: ${keyFile} (each gateway on the database needs a copy in its --data folder)\n`);
  return 0;
}

export const migrateDirectory: Command = { definition, run };
