import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { type Refusal, refuse, type S3Request } from "../operation.ts";

/** What detection has already made sure of: an operation on a bucket has a bucket, one on an object a key as well. */
export function bucketOf(request: S3Request): string {
  if (request.bucket === undefined) throw new Error("an operation on a bucket without one");
  return request.bucket;
}

export function keyOf(request: S3Request): string {
  if (request.key === undefined) throw new Error("an operation on an object without a key");
  return request.key;
}

/** The bucket as it was authorized. */
export function authorized(bucket: BucketRecord | undefined): BucketRecord {
  if (bucket === undefined) throw new Error("an operation on a bucket that was not loaded");
  return bucket;
}

/**
 * The version id a client sent, from wherever it stands. INVARIANT: it is text that a header can hold, since answers repeat it.
 * "Version IDs are Unicode, UTF-8 encoded, URL-ready, opaque strings that are no more than 1,024 bytes long"; every one given
 * out is ASCII. https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
 */
export function checkVersionId(versionId: string): string | Refusal {
  if (/^[\x21-\x7e]{1,1024}$/.test(versionId)) return versionId;
  const message = versionId === "" ? "Version id cannot be the empty string" : "Invalid version id specified";
  return refuse("InvalidArgument", message, { details: { ArgumentName: "versionId" } });
}

export function versionOf(request: S3Request): string | undefined | Refusal {
  const versionId = request.query.get("versionId");
  return versionId === undefined ? undefined : checkVersionId(versionId);
}

/** A whole number between `min` and `max`; refused otherwise. */
export function wholeNumber(request: S3Request, name: string, fallback: number, max: number): number | Refusal {
  const text = request.query.get(name);
  if (text === undefined || text === "") return fallback;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 2_147_483_647) return Math.min(number, max);
  return refuse("InvalidArgument", `Argument ${name} must be an integer between 0 and 2147483647`, {
    details: { ArgumentName: name, ArgumentValue: text },
  });
}
