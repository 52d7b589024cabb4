import { dumps } from "../formats/python-json.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { corsRuleShape } from "../service/shapes.ts";
import { readItems, sendForXml } from "../service/wire.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, positional } from "../command-line/definition.ts";

const definition = {
  name: "get-cors-policy",
  summary: "Print the CORS rules of a bucket",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [],
  service: true,
  example: "s3-credentials get-cors-policy my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { GetBucketCorsCommand } = await import("@aws-sdk/client-s3");
  const s3 = await s3Client(await connectionOf(context, invocation.options));
  const command = new GetBucketCorsCommand({ Bucket: positional(invocation, 0) });
  const { document } = await sendForXml(command, () => s3.send(command));
  await context.print(`${dumps(readItems(document, [], "CORSRule", corsRuleShape), 4)}\n`);
  return 0;
}

export const getCorsPolicy: Command = { definition, run };
