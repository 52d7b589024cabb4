import type { BucketRecord, Versioning } from "../../ports/bucket-registry.ts";

export type BucketState = BucketRecord["state"];

/**
 * The life of a bucket. From `creating` it goes to `active` only: nobody has seen a bucket that is being created, so one that was
 * never finished is removed at the next start. From `deleting` it goes back to `active` when it turns out not to be empty.
 */
const nextStates: Readonly<Record<BucketState, readonly BucketState[]>> = {
  creating: ["active"],
  active: ["deleting"],
  deleting: ["active"],
};

export function canMove(from: BucketState, to: BucketState): boolean {
  return nextStates[from].includes(to);
}

/** Requests do not see a bucket before it is finished. */
export function isVisible(state: BucketState): boolean {
  return state !== "creating";
}

/**
 * Versioning that was enabled once is suspended, and never off again.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
 */
export function canSetVersioning(from: Versioning, to: Versioning): boolean {
  return to !== "off" || from === "off";
}

/**
 * What a start does with a bucket that a crash left between two states; no transaction spans the registry and the data plane.
 * `isClosed`: it was empty, and the data plane takes no more writes to it.
 */
export function repairedState(state: "creating" | "deleting", isClosed: boolean): "active" | "removed" {
  return state === "creating" || isClosed ? "removed" : "active";
}
