import { upstreamPlace } from "../../ports/bucket-homes.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { type Refusal, refuse } from "../operation.ts";

/** Whether the objects of a bucket are kept by an engine behind the gateway, which knows nothing of the gateway's accounts and keys. */
export function isOnEngine({ place }: Pick<BucketRecord, "place">): boolean {
  return upstreamPlace(place) !== undefined;
}

/** Policies that ask for the tags of objects, where the engine has none or does not show them to the gateway. */
export const conditionsOnTags =
  "tags of objects, which a condition of a policy asks for (s3:ExistingObjectTag)" as const;

export function unsupportedByEngine(what: string): Refusal {
  return refuse("NotImplemented", `The storage behind this bucket does not support ${what}.`);
}
