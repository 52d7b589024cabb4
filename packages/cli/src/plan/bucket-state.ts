import type { S3Client } from "@aws-sdk/client-s3";
import { CommandError } from "../command-line/failures.ts";
import { describeError, during, serviceFailure } from "../output/errors.ts";

/**
 * Whether a bucket is there. HeadBucket answers without a body, so its 400 and 403 say nothing of the reason: GetBucketLocation
 * is asked for it. A 301 means it is there, in another region.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export async function bucketExists(s3: S3Client, bucket: string): Promise<boolean> {
  const { HeadBucketCommand, GetBucketLocationCommand } = await import("@aws-sdk/client-s3");
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    const { status } = serviceFailure(error);
    if (status === 404) return false;
    if (status === 301) return true;
    if (status !== 403 && status !== 400) throw during(`cannot look at bucket ${bucket}`, error);
  }
  try {
    await s3.send(new GetBucketLocationCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    const { code, status } = serviceFailure(error);
    if (code === "NoSuchBucket") return false;
    if (status === 301) return true;
    if (code === "AccessDenied") {
      throw new CommandError(
        `bucket ${bucket} is there but these credentials may not use it: ${describeError(error)}, or choose another name if the bucket is somebody else's`,
      );
    }
    throw during(`cannot look at bucket ${bucket}`, error);
  }
}

/** Throws where nothing can be tried: there is no such bucket, or nobody answers. A refusal says neither. */
export async function checkReachable(s3: S3Client, bucket: string): Promise<void> {
  const { HeadBucketCommand } = await import("@aws-sdk/client-s3");
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    const { status } = serviceFailure(error);
    if (status === 404) throw new CommandError(`Bucket does not exist: ${bucket}; check the name`);
    if (status === undefined) throw during(`cannot look at bucket ${bucket}`, error);
  }
}
