import { type Json, jsonObject } from "../formats/json.ts";
import { describeError } from "../output/errors.ts";
import { dumps } from "../formats/python-json.ts";
import { readPart } from "../service/bucket-details.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { bucketAclShape, policyStatusShape, publicAccessBlockShape } from "../service/shapes.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, positional } from "../command-line/definition.ts";

const definition = {
  name: "debug-bucket",
  summary: "Print what decides whether a bucket is public: ACL, policy status and public access block",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [],
  service: true,
  example: "s3-credentials debug-bucket my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const sdk = await import("@aws-sdk/client-s3");
  const s3 = await s3Client(await connectionOf(context, invocation.options));
  const target = { Bucket: positional(invocation, 0) };
  const show = async (what: string, read: () => Promise<Json>): Promise<void> => {
    try {
      const text = dumps(await read(), 4);
      await context.print(`Bucket ${what}:\n${text}\n`);
    } catch (error) {
      await context.print(`Error checking bucket ${what}: ${describeError(error)}\n`);
    }
  };
  await show("ACL", async () => {
    const command = new sdk.GetBucketAclCommand(target);
    return readPart(command, () => s3.send(command), bucketAclShape);
  });
  await show("policy status", async () => {
    const command = new sdk.GetBucketPolicyStatusCommand(target);
    return jsonObject({ PolicyStatus: await readPart(command, () => s3.send(command), policyStatusShape) });
  });
  await show("public access block", async () => {
    const command = new sdk.GetPublicAccessBlockCommand(target);
    const block = await readPart(command, () => s3.send(command), publicAccessBlockShape);
    return jsonObject({ PublicAccessBlockConfiguration: block });
  });
  return 0;
}

export const debugBucket: Command = { definition, run };
