import { type Refusal, refuse } from "../operations/operation.ts";
import type { Buckets } from "./prepare-s3.ts";

const headers = [
  ["x-amz-expected-bucket-owner", "bucket"],
  ["x-amz-source-expected-bucket-owner", "source"],
] as const;

/**
 * The owners that a client expects: nothing is done to a bucket of somebody else.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export function checkExpectedOwners(sent: ReadonlyMap<string, string>, buckets: Buckets): Refusal | undefined {
  for (const [name, which] of headers) {
    const expected = sent.get(name);
    if (expected === undefined) continue;
    if (!/^\d{12}$/.test(expected)) return refuse("InvalidBucketOwnerAWSAccountID");
    const bucket = buckets[which];
    if (bucket !== undefined && bucket.owner !== expected) return refuse("AccessDenied");
  }
  return undefined;
}
