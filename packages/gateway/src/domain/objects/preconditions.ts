import type { Versioning } from "../../ports/bucket-registry.ts";
import type { VersionId, WriteCondition, WriteRefusal } from "../../ports/data-plane.ts";

/**
 * Why a conditional write to a key is refused; undefined: it may go on. `etag` is that of the current object. A delete marker
 * counts as no object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function conditionRefusal(condition: WriteCondition, etag: string | undefined): WriteRefusal | undefined {
  if (condition.ifNoneMatch !== undefined && etag !== undefined)
    return { kind: "precondition-failed", detail: "If-None-Match" };
  if (condition.ifMatch === undefined) return undefined;
  if (etag === undefined) return { kind: "conditional-miss" };
  return condition.ifMatch === "*" || condition.ifMatch === etag
    ? undefined
    : { kind: "precondition-failed", detail: "If-Match" };
}

/**
 * "Conditional delete evaluations only apply to the current version of the object." So an ETag is never met by another version that is to
 * be deleted (`isCurrent`), and the answer says nothing of the current one: the rights and tags that decided were those of the version named.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
export function deletionRefusal(
  ifMatch: string,
  etag: string | undefined,
  isCurrent: boolean,
): WriteRefusal | undefined {
  if (ifMatch !== "*" && !isCurrent) return { kind: "precondition-failed", detail: "If-Match" };
  return conditionRefusal({ ifMatch }, etag);
}

/**
 * The id of the next version of a key. With versioning enabled every write has an id of its own; otherwise it takes the place of
 * the version `null`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
 */
export function nextVersionId(versioning: Versioning, freshId: VersionId): VersionId {
  return versioning === "enabled" ? freshId : "null";
}
