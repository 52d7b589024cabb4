import { upstreamPlace } from "../../ports/bucket-homes.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { type Refusal, refuse } from "../operation.ts";

/** Whether the objects of a bucket are kept by an engine behind the gateway, which knows nothing of the gateway's accounts and keys. */
export function isOnEngine({ place }: Pick<BucketRecord, "place">): boolean {
  return upstreamPlace(place) !== undefined;
}

export function unsupportedByEngine(what: string): Refusal {
  return refuse("NotImplemented", `The storage behind this bucket does not support ${what}.`);
}
