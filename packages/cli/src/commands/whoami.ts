import { dumps } from "../formats/python-json.ts";
import { type JsonObject, jsonObject } from "../formats/json.ts";
import { bucketOwner } from "../service/caller.ts";
import { regionOf, s3Client, stsClient } from "../service/clients.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { partitionOf } from "../service/partition.ts";
import { callerShape } from "../service/shapes.ts";
import { readStructure, sendForXml } from "../service/wire.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";

const definition = {
  name: "whoami",
  summary: "Print whose credentials are used",
  arguments: [],
  options: [],
  service: true,
  example: "s3-credentials whoami --auth auth.json",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const connection = await connectionOf(context, options);
  await context.print(`${dumps(await callerOf(connection), 4)}\n`);
  return 0;
}

async function callerOf(connection: Connection): Promise<JsonObject> {
  if (connection.provider.callerFrom === "bucket-owner") {
    const partition = partitionOf(regionOf(connection));
    const { userId, account, arn } = await bucketOwner(await s3Client(connection), partition);
    return jsonObject({ UserId: userId, Account: account, Arn: arn });
  }
  const sts = await stsClient(connection);
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const command = new GetCallerIdentityCommand({});
  const { document } = await sendForXml(command, () => sts.send(command));
  return readStructure(document, ["GetCallerIdentityResult"], callerShape);
}

export const whoami: Command = { definition, run };
