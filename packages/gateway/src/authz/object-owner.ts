import type { Principal } from "@s3-credentials/policy";
import type { S3Demand } from "../operations/demand.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { objectOwner } from "../ports/object-owner.ts";
import { isByObjectAcl } from "./acl-statements.ts";
import type { Seen } from "../operations/s3/define-s3.ts";

type Action = S3Demand["action"];

/** What is done to an object that is there, beside what its ACL can allow. To replace and to delete it is the right of the bucket's owner. */
const alsoOfOwner: ReadonlySet<Action> = new Set<Action>([
  "s3:GetObjectTagging",
  "s3:GetObjectVersionTagging",
  "s3:PutObjectTagging",
  "s3:PutObjectVersionTagging",
  "s3:DeleteObjectTagging",
  "s3:DeleteObjectVersionTagging",
  "s3:GetObjectAttributes",
  "s3:GetObjectVersionAttributes",
]);

/** What a write sets of the object that it makes; whose the one is that it replaces does not count. */
const ofWrites: ReadonlySet<Action> = new Set<Action>(["s3:PutObjectAcl", "s3:PutObjectTagging"]);

/** Whether the owner of an object decides about the action on it: only in buckets where it can be another than the bucket's. */
export function isOfObjectOwner(
  bucket: BucketRecord,
  action: Action,
  demands: readonly Pick<S3Demand, "action">[],
): boolean {
  if (ofWrites.has(action) && demands.some((one) => one.action === "s3:PutObject")) return false;
  return bucket.ownership !== "BucketOwnerEnforced" && (isByObjectAcl(bucket, action) || alsoOfOwner.has(action));
}

/**
 * The account that owns the object of a demand, where that is another than the bucket's. "When the bucket and object owners differ, the
 * object owner must use object ACLs to grant permission"; of the bucket's policy only what it denies counts.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
 */
export function foreignOwner(
  { bucket, seen }: { readonly bucket: BucketRecord | undefined; readonly seen?: Seen | undefined },
  action: Action,
  demands: readonly Pick<S3Demand, "action">[],
): string | undefined {
  const version = seen?.version;
  if (bucket === undefined || version?.kind !== "object" || !isOfObjectOwner(bucket, action, demands)) return undefined;
  const owner = objectOwner(bucket, version);
  return owner === bucket.owner ? undefined : owner;
}

/** Of another account than the bucket's, or of none. */
export function isOutsider(caller: Principal, bucket: BucketRecord): boolean {
  return !("accountId" in caller) || caller.accountId !== bucket.owner;
}
