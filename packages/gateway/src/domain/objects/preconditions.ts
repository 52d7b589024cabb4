import type { Versioning } from "../../ports/bucket-registry.ts";
import type { ObjectVersion, VersionId, WriteCondition, WriteRefusal } from "../../ports/data-plane.ts";
import { StoreError } from "../../ports/store-error.ts";

/** What a condition is about: the current object. Undefined: there is none, because a delete marker counts as no object. */
export type CurrentObject = Pick<ObjectVersion, "etag" | "content"> | undefined;

/**
 * Why a conditional write to a key is refused; undefined: it may go on.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function conditionRefusal(condition: WriteCondition, current: CurrentObject): WriteRefusal | undefined {
  // Who may know the ETag of one object may be forbidden that of the next, by its tags.
  if (condition.seen !== undefined && condition.seen !== (current?.content ?? "none"))
    throw new StoreError("conflict", "the object of the condition was replaced");
  if (condition.ifNoneMatch !== undefined && current !== undefined)
    return { kind: "precondition-failed", detail: "If-None-Match" };
  if (condition.ifMatch === undefined) return undefined;
  if (current === undefined) return { kind: "conditional-miss" };
  return condition.ifMatch === "*" || condition.ifMatch === current.etag
    ? undefined
    : { kind: "precondition-failed", detail: "If-Match" };
}

/**
 * "Conditional delete evaluations only apply to the current version of the object." So an ETag is never met by another version that is to
 * be deleted (`isCurrent`), and the answer says nothing of the current one: the rights and tags that decided were those of the version named.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
export function deletionRefusal(
  condition: Pick<WriteCondition, "ifMatch" | "seen">,
  current: CurrentObject,
  isCurrent: boolean,
): WriteRefusal | undefined {
  const { ifMatch } = condition;
  if (ifMatch === undefined) return undefined;
  if (ifMatch !== "*" && !isCurrent) return { kind: "precondition-failed", detail: "If-Match" };
  return conditionRefusal(condition, current);
}

/**
 * The id of the next version of a key. With versioning enabled every write has an id of its own; otherwise it takes the place of
 * the version `null`.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
 */
export function nextVersionId(versioning: Versioning, freshId: VersionId): VersionId {
  return versioning === "enabled" ? freshId : "null";
}
