import type { BucketDatabase } from "./bucket-procedures.ts";
import { bucketsInState } from "./bucket-rows.ts";

/** What repair needs of the data plane; no grant, for nobody asked: it finishes what was granted before a crash. */
export interface BucketCloser {
  /** As `DataPlane.closeBucket`. */
  settleBucket(bucketId: string): Promise<boolean>;
}

/**
 * Run at start, before the first request. No transaction spans two stores, so a crash can leave a bucket between two
 * states. `creating` was never seen by anyone: removed. `deleting`: removed when it is empty in the data plane (which
 * then takes no more writes to it), else active again.
 */
export async function repairBuckets(directory: BucketDatabase, plane: BucketCloser): Promise<void> {
  for (const id of bucketsInState(directory.reader, "creating")) {
    await directory.write("removeBucket", { id, from: "creating" });
  }
  for (const id of bucketsInState(directory.reader, "deleting")) {
    if (await plane.settleBucket(id)) await directory.write("removeBucket", { id, from: "deleting" });
    else await directory.write("moveBucket", { id, from: "deleting", to: "active" });
  }
}
