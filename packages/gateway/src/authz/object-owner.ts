import type { Principal } from "@s3-credentials/policy";
import type { S3Demand } from "../operations/demand.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { objectOwner } from "../ports/object-owner.ts";
import { isByObjectAcl } from "./acl-statements.ts";
import { accountOf } from "./authorize.ts";
import type { Seen } from "../operations/s3/s3-subject.ts";

type Action = S3Demand["action"];

/** Actions on a stored object that its owner decides about and that no ACL can allow. The bucket's owner decides about replacing and deleting it. */
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

const ofWrites: ReadonlySet<Action> = new Set<Action>(["s3:PutObjectAcl", "s3:PutObjectTagging"]);

/** Whether a write needs the action for the object that it makes. The owner and the ACL of the object that it replaces do not count. */
export function isForNewObject(action: Action, demands: readonly Pick<S3Demand, "action">[]): boolean {
  return ofWrites.has(action) && demands.some((one) => one.action === "s3:PutObject");
}

/** Whether the owner of the object decides about the action. Only buckets with ACLs have objects of other accounts. */
export function isOfObjectOwner(
  bucket: BucketRecord,
  action: Action,
  demands: readonly Pick<S3Demand, "action">[],
): boolean {
  if (isForNewObject(action, demands)) return false;
  return bucket.ownership !== "BucketOwnerEnforced" && (isByObjectAcl(bucket, action) || alsoOfOwner.has(action));
}

/**
 * The account that owns the object of a demand; undefined when it is the bucket's. "When the bucket and object owners differ, the object
 * owner must use object ACLs to grant permission", so the bucket's policy can only deny.
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

/**
 * The account that decides about the ACL of the object that a write makes, when it is not the bucket's: that of the writer. "By default, an
 * object … is owned by the AWS account that uploaded it", and what a writer needs for its ACL is `s3:PutObjectAcl` "in your IAM
 * permissions": the bucket's owner lets it put objects, with a condition on the ACL if need be, and its policy can deny.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-condition-keys.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export function foreignWriter(
  { bucket }: { readonly bucket: BucketRecord | undefined },
  { action, caller }: { readonly action: Action; readonly caller: Principal },
  demands: readonly Pick<S3Demand, "action">[],
): string | undefined {
  if (bucket === undefined || action !== "s3:PutObjectAcl" || !isForNewObject(action, demands)) return undefined;
  const account = accountOf(caller);
  return account === bucket.owner ? undefined : account;
}

/**
 * The caller is of another account than the bucket's, or of none. "RestrictPublicBuckets … restricts access … to only AWS service principals
 * and authorized users within this account". https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html
 */
export function isOutsider(caller: Principal, bucket: BucketRecord): boolean {
  return caller.kind !== "service" && accountOf(caller) !== bucket.owner;
}
