import type { Json } from "../formats/json.ts";
import { policyText, readPolicyFile } from "../input/policy-text.ts";
import { UsageError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { compact, publicPolicy } from "../plan/documents.ts";
import { regionOf, s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { partitionOf } from "../service/partition.ts";
import { planOption } from "./run-plan.ts";
import { plannedOnly } from "./planned-only.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
  positional,
} from "../command-line/definition.ts";

const definition = {
  name: "set-bucket-policy",
  summary: "Set the policy of a bucket, in place of the one it has",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [
    { name: "policy-file", value: "FILE", summary: "file with the policy, - for standard input" },
    { name: "allow-all-get", summary: "let anyone read every object" },
    planOption,
  ],
  service: true,
  example: "s3-credentials set-bucket-policy my-bucket --allow-all-get",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const bucket = positional(invocation, 0);
  const given = await readGiven(context, options);
  const { PutBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  const connection = await connectionOf(context, options);
  const policy = given ?? publicPolicy(bucket, partitionOf(regionOf(connection)));
  const s3 = await s3Client(connection);
  if (await plannedOnly(context, options, s3, bucket, "set the policy of bucket", policy)) return 0;
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: compact(policy) }));
  context.say("Policy set:");
  context.say(dumps(policy, 4));
  return 0;
}

/** The policy of `--policy-file`; undefined for `--allow-all-get`. */
async function readGiven(context: Context, options: OptionValues): Promise<Json | undefined> {
  const file = textOption(options, "policy-file");
  if (hasOption(options, "allow-all-get")) {
    if (file !== undefined) throw new UsageError("--policy-file and --allow-all-get cannot be used together");
    return undefined;
  }
  if (file === undefined) throw new UsageError("give the policy: --policy-file FILE, or --allow-all-get");
  return policyText(await readPolicyFile(context, "--policy-file", file), "resource").value;
}

export const setBucketPolicy: Command = { definition, run };
