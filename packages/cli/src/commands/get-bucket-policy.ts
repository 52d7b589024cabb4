import { dumps } from "../formats/python-json.ts";
import { CommandError } from "../command-line/failures.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { documentOf } from "../service/document.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, positional } from "../command-line/definition.ts";

const definition = {
  name: "get-bucket-policy",
  summary: "Print the policy of a bucket",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [],
  service: true,
  example: "s3-credentials get-bucket-policy my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  const s3 = await s3Client(await connectionOf(context, invocation.options));
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: positional(invocation, 0) }));
  const policy = documentOf(Policy ?? "");
  if (!(policy instanceof Map)) throw new CommandError("the service's answer is not a policy; check the endpoint");
  await context.print(`${dumps(policy, 4)}\n`);
  return 0;
}

export const getBucketPolicy: Command = { definition, run };
