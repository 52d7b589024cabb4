import type { Grant } from "../ports/grant.ts";
import { makeGrant } from "./make-grant.ts";

/**
 * For the job that makes the reports of inventories: whoever may put an inventory of a bucket may have all of its objects listed.
 * INVARIANT: called by that job only, for inventories that are stored.
 */
export function authorizeInventory(): Grant {
  const principal = { kind: "service", service: "s3.amazonaws.com" } as const;
  const operation = "PutBucketInventoryConfiguration";
  return makeGrant({ operation, principal, resources: [], requestId: "inventory" });
}
