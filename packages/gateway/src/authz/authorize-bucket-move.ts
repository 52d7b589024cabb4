import type { Grant } from "../ports/grant.ts";
import { makeGrant } from "./make-grant.ts";

/**
 * For the job that moves buckets: an administrator was allowed `s3-credentials:MoveBucket` when it began, and the move outlives that
 * request and the process. INVARIANT: called by that job only, for moves that are stored.
 */
export function authorizeBucketMove(accountId: string): Grant {
  const principal = { kind: "root", accountId, arn: `arn:aws:iam::${accountId}:root` } as const;
  return makeGrant({ operation: "MoveBucket", principal, resources: [], requestId: "bucket-move" });
}
