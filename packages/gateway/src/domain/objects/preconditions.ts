import type { Versioning } from "../../ports/bucket-registry.ts";
import type { ObjectMetadata, ObjectVersion, VersionId } from "../../ports/object-version.ts";
import type { SeenObject, WriteCondition, WriteRefusal } from "../../ports/object-write.ts";
import { sameAcl } from "../../ports/acl.ts";
import { StoreError } from "../../ports/store-error.ts";
import { sameTags } from "../../ports/tag.ts";

/**
 * What a condition is about: the current object. Undefined: there is none, because a delete marker counts as no object. `metadata` is needed
 * only where the condition has `seen`.
 */
export type CurrentObject =
  | (Pick<ObjectVersion, "etag" | "content"> & { readonly metadata: Pick<ObjectMetadata, "tags" | "acl"> })
  | undefined;

/**
 * Why a conditional write to a key is refused; undefined: it may go on.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function conditionRefusal(condition: WriteCondition, current: CurrentObject): WriteRefusal | undefined {
  // The caller's right depended on the object that was seen. By its tags or its ACL, another object may forbid the same.
  if (condition.seen !== undefined && !isSeen(condition.seen, current))
    throw new StoreError("conflict", "the object on which the decision depended was replaced or changed");
  if (condition.ifNoneMatch !== undefined && current !== undefined)
    return { kind: "precondition-failed", detail: "If-None-Match" };
  if (condition.ifMatch === undefined) return undefined;
  if (current === undefined) return { kind: "conditional-miss" };
  return condition.ifMatch === "*" || condition.ifMatch === current.etag
    ? undefined
    : { kind: "precondition-failed", detail: "If-Match" };
}

function isSeen(seen: SeenObject | "none", current: CurrentObject): boolean {
  if (seen === "none" || current === undefined) return seen === "none" && current === undefined;
  const { tags = [], acl } = current.metadata;
  return seen.content === current.content && sameTags(tags, seen.tags ?? []) && sameAcl(acl, seen.acl);
}

/**
 * "Conditional delete evaluations only apply to the current version of the object." So a version that is
 * not the current one never meets an ETag (`isCurrent`). The answer says nothing about the current version then, because the decision was
 * about the rights and tags of the version that the request names.
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
