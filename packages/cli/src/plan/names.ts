import { createHash } from "node:crypto";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: user, role and session names 64, policy names 128. */
export const maxUserNameLength = 64;
export const maxPolicyNameLength = 128;

export const roleName = "s3-credentials.AmazonS3FullAccess";

/** `s3.PERMISSION.B1,B2`, the name of a user, a session or a policy. */
export function grantName(permission: string, buckets: readonly string[], maxLength: number): string {
  return shorten(`s3.${permission}.${buckets.join(",")}`, maxLength);
}

/** A name that is too long keeps its beginning; a hash of the whole keeps different names different. */
function shorten(name: string, maxLength: number): string {
  if (name.length <= maxLength) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 10);
  return `${name.slice(0, maxLength - hash.length - 1)}-${hash}`;
}
