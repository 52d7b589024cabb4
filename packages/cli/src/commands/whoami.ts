import { dumps } from "../output/python-json.ts";
import { stsClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { callerShape } from "../service/shapes.ts";
import { readStructure, sendForXml } from "../service/wire.ts";
import type { Context } from "./context.ts";
import type { Command, CommandDefinition, Invocation } from "./definition.ts";

const definition = {
  name: "whoami",
  summary: "Print whose credentials are used",
  arguments: [],
  options: [],
  service: true,
  example: "s3-credentials whoami --auth auth.json",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const sts = await stsClient(await connectionOf(context, options));
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const command = new GetCallerIdentityCommand({});
  const { document } = await sendForXml(command, () => sts.send(command));
  await context.print(`${dumps(readStructure(document, ["GetCallerIdentityResult"], callerShape), 4)}\n`);
  return 0;
}

export const whoami: Command = { definition, run };
