import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, positional } from "../command-line/definition.ts";
import { dumps } from "../formats/python-json.ts";
import { connectionOf } from "../service/connection.ts";
import { callGateway } from "../service/own-service.ts";

const definition = {
  name: "release-bucket",
  summary:
    "Let the gateway forget a bucket of an engine behind it: policies and settings go, the objects stay on the engine",
  arguments: [{ name: "NAME", summary: "name of the bucket in the gateway" }],
  options: [],
  service: true,
  example: "s3-credentials release-bucket photos --local",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const connection = await connectionOf(context, invocation.options);
  const answer = await callGateway(connection, "ReleaseBucket", { BucketName: positional(invocation, 0) });
  await context.print(`${dumps(answer, 4)}\n`);
  return 0;
}

export const releaseBucket: Command = { definition, run };
