import type { Grant } from "../ports/grant.ts";
import { makeGrant } from "./make-grant.ts";

/**
 * For the job that carries lifecycles out: whoever may put the rules of a bucket was allowed what they do, and they outlive that request.
 * INVARIANT: called by that job only, for rules that are stored.
 */
export function authorizeLifecycle(): Grant {
  const principal = { kind: "service", service: "lifecycle.s3.amazonaws.com" } as const;
  const operation = "PutBucketLifecycleConfiguration";
  return makeGrant({ operation, principal, resources: [], requestId: "lifecycle" });
}
