import { type Acl, isPublicGrant } from "./acl.ts";
import type { BucketRecord, PublicAccessBlock } from "./bucket-registry.ts";

/** Of new buckets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html */
export const newBucketBlock: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

type Blocked = Pick<BucketRecord, "publicAccessBlock" | "accountPublicAccessBlock">;

/**
 * "Amazon S3 uses the most restrictive combination of the bucket-level and account-level settings."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export function blocksPublicAccess(bucket: Blocked, setting: keyof PublicAccessBlock): boolean {
  return bucket.publicAccessBlock?.[setting] === true || bucket.accountPublicAccessBlock?.[setting] === true;
}

/** The grants that count, of the ACL of a bucket or of an object in it. */
export function countingGrants(bucket: Blocked & Pick<BucketRecord, "ownership">, acl: Acl | undefined): Acl {
  if (acl === undefined || bucket.ownership === "BucketOwnerEnforced") return [];
  // "Ignore all public ACLs on a bucket and any objects that it contains."
  return blocksPublicAccess(bucket, "ignorePublicAcls") ? acl.filter((grant) => !isPublicGrant(grant)) : acl;
}
