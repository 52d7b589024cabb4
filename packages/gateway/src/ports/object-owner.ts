import type { BucketRecord } from "./bucket-registry.ts";

/**
 * The account that a version or an upload belongs to. In a bucket without ACLs that is the bucket's account, whoever wrote the object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function objectOwner(
  { ownership, owner }: Pick<BucketRecord, "ownership" | "owner">,
  one: { readonly owner: string },
): string {
  return ownership === "BucketOwnerEnforced" ? owner : one.owner;
}
