import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { refusal } from "./database-options.ts";

const definition = {
  name: "recover",
  summary: "Make administrator keys for a gateway's data folder when they are lost; the gateway must not run",
  arguments: [],
  options: [
    { name: "data", value: "DIR", summary: "data folder of the gateway; must be given" },
    { name: "account-id", value: "ID", summary: "whose keys, when the folder has several accounts" },
    {
      name: "new-key-file",
      summary: "when the key file is lost: make another, and give up all access keys and sessions",
    },
    {
      name: "accept-parts",
      summary: "use directory.db, objects.db and blobs although they are of different copies",
    },
  ],
  service: false,
  example: "s3-credentials recover --data ./data",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const dataDir = textOption(options, "data");
  if (dataDir === undefined || dataDir === "")
    throw new UsageError("recover needs the data folder of the gateway: give it with --data DIR");
  const { recoverFolder } = await import("@s3-credentials/gateway");
  const recovery = await recoverFolder({
    dataDir,
    accountId: textOption(options, "account-id"),
    newKeyFile: hasOption(options, "new-key-file"),
    acceptParts: hasOption(options, "accept-parts"),
  });
  if ("message" in recovery) throw refusal(recovery);
  const { root, admin, lostKeys, oldKeyFile, mixedParts } = recovery;
  if (oldKeyFile !== undefined) context.say(`Moved the key file that does not belong to the folder: ${oldKeyFile}`);
  if (lostKeys !== undefined) {
    context.say("Made a new key file. Earlier sessions are invalid now, and these access keys were deleted:");
    for (const { accessKeyId, userName } of lostKeys) context.say(`  ${accessKeyId} of ${identity(userName)}`);
  }
  if (admin.userMade) context.say(`Created user: ${admin.userName} with policy AdministratorAccess`);
  sayKeys(context, "root", root);
  sayKeys(context, `user ${admin.userName}`, admin);
  await context.print(`root keys:  ${root.file}\nadmin keys: ${admin.file}\n`);
  if (mixedParts === undefined) return 0;
  throw new CommandError(`the keys are there, but the gateway will not start: ${mixedParts}`);
}

function identity(userName: string | undefined): string {
  return userName === undefined ? "root" : `user ${userName}`;
}

interface Keys {
  readonly accessKeyId: string;
  readonly made: boolean;
  readonly deleted: string | undefined;
  readonly others: readonly string[];
}

function sayKeys(context: Context, who: string, { accessKeyId, made, deleted, others }: Keys): void {
  if (deleted !== undefined) context.say(`Deleted access key ${deleted} of ${who}: there can be two at most`);
  context.say(
    made ? `Created access key ${accessKeyId} for ${who}` : `Access key ${accessKeyId} of ${who} works and stays`,
  );
  for (const other of others)
    context.say(`Access key ${other} of ${who} works too: delete it if you do not know who has it`);
}

export const recover: Command = { definition, run };
