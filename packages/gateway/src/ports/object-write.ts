import type { Acl } from "./acl.ts";
import type { Versioning } from "./bucket-registry.ts";
import type { CustomerKey } from "./object-bytes.ts";
import type { Retention } from "./object-lock.ts";
import type { ContentHandle, ObjectMetadata, ObjectVersion, StorageClass, VersionId } from "./object-version.ts";
import type { QuotaExcess } from "./quotas.ts";
import type { Tag } from "./tag.ts";

/** What of a stored version's metadata can change. No tags: an empty list. `bypassesGovernance`: see `LockRequest`. */
export type MetadataChange =
  | { readonly tags: readonly Tag[] }
  | { readonly acl: Acl | undefined }
  | { readonly storageClass: StorageClass }
  | { readonly legalHold: boolean }
  | { readonly retention: Retention | undefined; readonly bypassesGovernance: boolean };

/** ETag conditions checked in the transaction that commits the write. `*` in ifNoneMatch: no current object. */
export interface WriteCondition {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: "*";
  /** The object on which the decision depended. Rejects with `conflict` when the current object is another one, or has other tags or another ACL. */
  readonly seen?: SeenObject | "none";
}

/** What decisions read of an object. */
export interface SeenObject extends Pick<ObjectMetadata, "tags" | "acl"> {
  readonly content: ContentHandle;
}

export interface WriteTarget {
  readonly bucketId: string;
  readonly key: string;
  readonly versioning: Versioning;
  readonly owner: string;
  readonly condition: WriteCondition;
}

export interface DeleteTarget extends Omit<WriteTarget, "condition">, Pick<WriteCondition, "ifMatch" | "seen"> {
  readonly versionId: VersionId | undefined;
  /** Default: no. See `LockRequest`. */
  readonly bypassesGovernance?: boolean;
  /**
   * Delete this very object or delete marker, and with `isCurrent` only while it is the current version of its key, or is not.
   * `precondition-failed` when it is gone, when another version has taken its place, and when it has become or ceased to be current.
   */
  readonly only?: ({ readonly content: ContentHandle } | { readonly markedAt: number }) & {
    readonly isCurrent?: boolean;
  };
}

export interface CompleteTarget extends WriteTarget {
  /** Of an object whose upload began without a retention. */
  readonly defaultRetention?: Retention;
}

/** Expected outcomes of a write; `bucket-closed`: the bucket is being deleted; `locked`: Object Lock keeps what the write would remove or change. */
export type WriteRefusal = {
  readonly kind:
    | "precondition-failed"
    | "conditional-miss"
    | "bucket-closed"
    | "no-such-upload"
    | "invalid-part"
    | "invalid-part-order"
    | "part-too-small"
    | "no-such-version"
    | "locked"
    | "quota-exceeded";
  /** The number of the part. */
  readonly detail?: string;
  /** Bytes of the part. */
  readonly size?: number;
  /** Of `quota-exceeded`. */
  readonly excess?: QuotaExcess;
};

export type Written = { readonly kind: "written"; readonly version: ObjectVersion };

export interface DeleteOutcome {
  readonly kind: "deleted";
  /** The version id named, or that of the delete marker made; undefined with versioning off. */
  readonly versionId: VersionId | undefined;
  /** A delete marker was made, or the version deleted was one. */
  readonly deleteMarker: boolean;
}

export interface CopySource {
  readonly bucketId: string;
  readonly version: ObjectVersion;
  /** Of a source of SSE-C. */
  readonly customerKey?: CustomerKey | undefined;
}
