import type { S3Client } from "@aws-sdk/client-s3";
import type { Json } from "../formats/json.ts";
import { CommandError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { bucketExists } from "../plan/bucket-state.ts";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionValues } from "../command-line/definition.ts";

/**
 * For a command that sets one document of a bucket: the bucket is there, or nothing is done; with `--plan` the document is
 * printed and true comes back.
 */
export async function plannedOnly(
  context: Context,
  options: OptionValues,
  s3: S3Client,
  bucket: string,
  what: string,
  document: Json,
): Promise<boolean> {
  if (!(await bucketExists(s3, bucket))) throw new CommandError(`Bucket does not exist: ${bucket}; check the name`);
  if (!hasOption(options, "plan")) return false;
  await context.print(`Would ${what} ${bucket}:\n${dumps(document, 4)}\n`);
  return true;
}
