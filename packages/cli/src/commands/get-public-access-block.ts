import { dumps } from "../formats/python-json.ts";
import { readPart } from "../service/bucket-details.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { publicAccessBlockShape } from "../service/shapes.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, positional } from "../command-line/definition.ts";

const definition = {
  name: "get-public-access-block",
  summary: "Print the public access block settings of a bucket",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [],
  service: true,
  example: "s3-credentials get-public-access-block my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { GetPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const s3 = await s3Client(await connectionOf(context, invocation.options));
  const command = new GetPublicAccessBlockCommand({ Bucket: positional(invocation, 0) });
  const settings = await readPart(command, () => s3.send(command), publicAccessBlockShape);
  await context.print(`${dumps(settings, 4)}\n`);
  return 0;
}

export const getPublicAccessBlock: Command = { definition, run };
