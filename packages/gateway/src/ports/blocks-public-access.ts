import type { BucketRecord, PublicAccessBlock } from "./bucket-registry.ts";

/**
 * "Amazon S3 uses the most restrictive combination of the bucket-level and account-level settings."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export function blocksPublicAccess(
  bucket: Pick<BucketRecord, "publicAccessBlock" | "accountPublicAccessBlock">,
  setting: keyof PublicAccessBlock,
): boolean {
  return bucket.publicAccessBlock?.[setting] === true || bucket.accountPublicAccessBlock?.[setting] === true;
}
