import type { BucketRecord } from "./bucket-registry.ts";

/**
 * The account that a version, or an upload, belongs to: in a bucket without ACLs the bucket's, whoever wrote it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function objectOwner(
  { ownership, owner }: Pick<BucketRecord, "ownership" | "owner">,
  one: { readonly owner: string },
): string {
  return ownership === "BucketOwnerEnforced" ? owner : one.owner;
}
