import type { S3Client } from "@aws-sdk/client-s3";
import { type Json, type JsonObject, textField } from "../formats/json.ts";
import { writeRows } from "../output/rows.ts";
import { s3Client } from "../service/clients.ts";
import { bucketDetails } from "../service/bucket-details.ts";
import { listBuckets as bucketsOf } from "../service/buckets.ts";
import { connectionOf } from "../service/connection.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "../command-line/definition.ts";
import { warnMissing, rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-buckets",
  summary: "List the buckets of the account, or the named ones of them",
  arguments: [{ name: "BUCKETS", summary: "names of buckets", optional: true, repeatable: true }],
  options: [{ name: "details", summary: "add region, ACL, public access block and website of each" }, ...rowOptions],
  service: true,
  example: "s3-credentials list-buckets my-bucket --details",
} as const satisfies CommandDefinition;

const headers = ["Name", "CreationDate"];
const detailHeaders = [...headers, "bucket_acl", "public_access_block", "bucket_website", "region"];

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const s3 = await s3Client(await connectionOf(context, options));
  const details = hasOption(options, "details");
  const missing = new Set(positionals);
  const rows = rowsOf(s3, missing, details, (line) => context.say(`Warning: ${line}`));
  await writeRows(rows, details ? detailHeaders : headers, rowFormat(options), context);
  warnMissing(context, "bucket", missing);
  return 0;
}

async function* rowsOf(
  s3: S3Client,
  missing: Set<string>,
  details: boolean,
  warn: (line: string) => void,
): AsyncGenerator<JsonObject> {
  const all = missing.size === 0;
  for await (const bucket of bucketsOf(s3)) {
    const name = textField(bucket, "Name");
    if (!all && !missing.delete(name)) continue;
    yield details ? new Map<string, Json>([...bucket, ...(await bucketDetails(s3, name, warn))]) : bucket;
  }
}

export const listBuckets: Command = { definition, run };
