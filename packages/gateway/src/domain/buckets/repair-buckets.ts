import { upstreamPlace } from "../../ports/bucket-homes.ts";
import type { UnsettledBuckets } from "../../ports/bucket-registry.ts";
import { repairedState } from "./bucket-lifecycle.ts";

/** What the repair needs of the data plane. It takes no grant, because it finishes what was granted before a crash. */
export interface BucketCloser {
  /** As `DataPlane.closeBucket`. */
  settleBucket(place: string): Promise<boolean>;
}

/** Run at start, before the first request. */
export async function repairBuckets(registry: UnsettledBuckets, plane: BucketCloser): Promise<void> {
  for (const { id, place, state } of await registry.unsettled()) {
    // A bucket that is `creating` may have its place in the data plane already: nobody else would ever close that. An engine behind the
    // gateway is not asked: it may be away, and what is there may be another one's. A bucket that was being deleted is there again then, so
    // that DeleteBucket can be repeated.
    const isClosed = upstreamPlace(place) === undefined && (await plane.settleBucket(place));
    await registry.settle(id, state, repairedState(state, isClosed));
  }
}
