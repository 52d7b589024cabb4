import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { databaseOptions, databaseRequest, refusal } from "./database-options.ts";

const definition = {
  name: "recover",
  summary: "Make administrator keys when they are lost, of a gateway's data folder or database",
  arguments: [],
  options: [
    { name: "data", value: "DIR", summary: "data folder of a gateway that is stopped; must be given" },
    ...databaseOptions("where the directory is, if gateways share it, postgres://USER@HOST/NAME; the others may run"),
    {
      name: "account-id",
      value: "ID",
      summary: "whose keys, when there are several accounts (the management account)",
    },
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
  const asked = {
    dataDir,
    accountId: textOption(options, "account-id"),
    newKeyFile: hasOption(options, "new-key-file"),
  };
  const database = databaseRequest(options, context.env);
  const isShared = database.url !== undefined;
  const acceptParts = hasOption(options, "accept-parts");
  if (isShared && acceptParts)
    throw new UsageError(
      "--accept-parts is for objects in the data folder; with --database there are none, so leave it out",
    );
  const lonely = ["database-password-file", "database-ca"].find((name) => hasOption(options, name));
  if (!isShared && lonely !== undefined)
    throw new UsageError(`--${lonely} needs a PostgreSQL; add --database with its URL`);
  const { recoverFolder, recoverShared } = await import("@s3-credentials/gateway");
  const recovery = isShared
    ? await recoverShared({ ...asked, database })
    : await recoverFolder({ ...asked, acceptParts });
  if ("message" in recovery) throw refusal(recovery);
  const { root, admin, lostKeys, oldKeyFile, mixedParts } = recovery;
  if (oldKeyFile !== undefined) context.say(`Moved the key file that does not belong to it: ${oldKeyFile}`);
  if (lostKeys !== undefined) {
    context.say("Made a new key file. Earlier sessions are invalid now, and these access keys were deleted:");
    for (const { accessKeyId, userName } of lostKeys) context.say(`  ${accessKeyId} of ${identity(userName)}`);
    if (isShared) context.say("Each other gateway on the database needs a copy of it before it can start");
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
