import type { AccessRequest } from "../model/request.ts";

const BUCKET_POLICY_ACTIONS: ReadonlySet<string> = new Set([
  "s3:getbucketpolicy",
  "s3:putbucketpolicy",
  "s3:deletebucketpolicy",
]);

/**
 * "The root principal in a bucket owner's AWS account can perform the GetBucketPolicy, PutBucketPolicy, and
 * DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root principal's access." So that
 * nobody is locked out of a bucket for good, by a policy or by an unreadable one; guardrails still count.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
export function isRootOnBucketPolicy({ principal, action, resourceAccount }: AccessRequest): boolean {
  return (
    principal.kind === "root" &&
    principal.accountId === resourceAccount &&
    BUCKET_POLICY_ACTIONS.has(action.toLowerCase())
  );
}
