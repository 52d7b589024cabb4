import type { ChecksumAlgorithm, VerifiedBody } from "@s3-credentials/protocol";
import type { Grant } from "./grant.ts";
import type { Versioning } from "./bucket-registry.ts";
import type { Acl } from "./acl.ts";
import type { ObjectLock, Retention } from "./object-lock.ts";
import type { Tag } from "./tag.ts";

/** `null` is the id of a version written while versioning was off or suspended. */
export type VersionId = string;

/**
 * Names the content of one version, in the words of the data plane that made it; nobody else reads it. A version that was
 * replaced under the same id has another handle, so what was found is what is read, or the read fails.
 */
export type ContentHandle = string & { readonly brand: "ContentHandle" };

/**
 * The storage classes an object may have. All of them store the bytes in the same way: the class is kept and shown.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
 */
export const storageClasses = [
  "STANDARD",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "REDUCED_REDUNDANCY",
  "GLACIER_IR",
] as const;

export type StorageClass = (typeof storageClasses)[number];

/**
 * How the bytes of an object are encrypted on the disk, which is kept and shown.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
 */
export type ObjectEncryption =
  | { readonly kind: "SSE-S3" }
  | {
      readonly kind: "SSE-KMS";
      readonly keyArn: string;
      /** Kept and shown; there is no service whose calls it saves. */
      readonly bucketKey: boolean;
      /** Base64 of JSON, as it was sent. */
      readonly context?: string;
    }
  /** `check`: see `customerKeyCheck`. */
  | { readonly kind: "SSE-C"; readonly check: string };

/** The 32 bytes of SSE-C. INVARIANT: nothing keeps, logs or answers them. */
export type CustomerKey = Buffer;

/** What is kept beside the bytes. Of a version that is stored only its tags, its ACL and its lock change. */
export interface ObjectMetadata {
  /** Stored response headers, lower case: content-type, cache-control, content-disposition, content-encoding, content-language, expires. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-meta-` headers without the prefix, lower case. */
  readonly user: Readonly<Record<string, string>>;
  readonly websiteRedirect?: string;
  /** A copy does not take it from its source. */
  readonly storageClass: StorageClass;
  /** Absent: the bytes are on the disk as they are. A copy does not take it from its source. */
  readonly encryption?: ObjectEncryption;
  /** Absent: none. */
  readonly tags?: readonly Tag[];
  /** Absent: full control for the owner. It counts only where the bucket lets it. A copy does not take it from its source. */
  readonly acl?: Acl;
  /** Absent: nothing keeps it. A copy does not take it from its source. */
  readonly lock?: ObjectLock;
}

/** What of a stored version's metadata can change. No tags: an empty list. `bypassesGovernance`: see `LockRequest`. */
export type MetadataChange =
  | { readonly tags: readonly Tag[] }
  | { readonly acl: Acl | undefined }
  | { readonly legalHold: boolean }
  | { readonly retention: Retention | undefined; readonly bypassesGovernance: boolean };

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  /** Base64, with `-N` for a composite of N parts. */
  readonly value: string;
}

/** A part of an object. */
export interface ObjectPart {
  readonly size: number;
  /** Of the algorithm that the part was sent with. Absent: the object was stored before checksums of parts were kept. */
  readonly checksum?: Part["checksum"];
}

export interface ObjectVersion {
  readonly kind: "object";
  readonly key: string;
  readonly versionId: VersionId;
  readonly content: ContentHandle;
  readonly isLatest: boolean;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: number;
  /** Account id of the owner. */
  readonly owner: string;
  readonly metadata: ObjectMetadata;
  readonly checksum: StoredChecksum | undefined;
  /** Of a multipart object, in order; empty otherwise. */
  readonly parts: readonly ObjectPart[];
}

export interface DeleteMarker {
  readonly kind: "delete-marker";
  readonly key: string;
  readonly versionId: VersionId;
  readonly isLatest: boolean;
  readonly lastModified: number;
  readonly owner: string;
}

export type Version = ObjectVersion | DeleteMarker;

/** What listing needs of an object; reading it touches no side table. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly owner: string;
  readonly checksum: Pick<StoredChecksum, "algorithm" | "type"> | undefined;
  readonly storageClass: StorageClass;
}

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
    | "locked";
  /** The number of the part. */
  readonly detail?: string;
  /** Bytes of the part. */
  readonly size?: number;
};

export type Written = { readonly kind: "written"; readonly version: ObjectVersion };

export interface DeleteOutcome {
  readonly kind: "deleted";
  /** The version id named, or that of the delete marker made; undefined with versioning off. */
  readonly versionId: VersionId | undefined;
  /** A delete marker was made, or the version deleted was one. */
  readonly deleteMarker: boolean;
}

export interface NewUpload {
  readonly key: string;
  /** ARN of the initiator, and the owning account. */
  readonly initiator: string;
  readonly owner: string;
  /** The id of the upload ends with it. */
  readonly idSuffix?: string;
  readonly metadata: ObjectMetadata;
  /** What the client asked for, when it did. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: "FULL_OBJECT" | "COMPOSITE" } | undefined;
}

export interface Upload extends Omit<NewUpload, "idSuffix"> {
  readonly uploadId: string;
  readonly initiatedAt: number;
}

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  /** Absent: the data plane does not keep the checksums of parts. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/** A part as a data plane keeps it that keeps the checksums of parts. */
export interface SummedPart extends Part {
  readonly checksum: NonNullable<Part["checksum"]>;
}

/** Inclusive byte range, already resolved against the size. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** The last entry of the page before: an item, or a common prefix. */
export interface ListedBefore {
  readonly key: string;
  /** Version or upload id of that item. Without it the next page begins after all versions or uploads of the key. */
  readonly id?: string;
}

/** A page of a listing, as the listings of S3 ask for it. */
export interface ListQuery {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** Undefined: from the beginning. A key that is a common prefix of this listing stands for all keys under it. */
  readonly after: ListedBefore | undefined;
  /** Items and common prefixes together. */
  readonly limit: number;
  /** A data plane that does the work in this process calls it before each slice, and waits. */
  readonly turn: () => Promise<void>;
}

export type Entry<Item> =
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "prefix"; readonly prefix: string };

export interface Listing<Item> {
  readonly entries: readonly Entry<Item>[];
  readonly truncated: boolean;
}

export interface CopySource {
  readonly bucketId: string;
  readonly version: ObjectVersion;
  /** Of a source of SSE-C. */
  readonly customerKey?: CustomerKey | undefined;
}

/** Bytes of an object. */
export interface ObjectBytes extends AsyncIterable<Buffer> {
  /** All of them, of a small object that needs no reading any more. */
  readonly whole?: Buffer;
  /** Takes a piece whose bytes nobody reads any more: its memory is used again. To call it is a choice. */
  readonly giveBack?: (piece: Buffer) => void;
}

/** What `find` gives, and perhaps the bytes too. */
export interface OpenedObject {
  readonly version: Version | undefined;
  /** Absent: `read` gives the bytes. */
  readonly reading?: Reading;
}

/** One part of an object that was made of parts. */
export interface PartExtent {
  readonly range: ByteRange;
  /** Parts that the object has. */
  readonly count: number;
  readonly checksum: StoredChecksum | undefined;
}

/** An object whose bytes are on their way. INVARIANT: `bytes` or `close` is called. */
export interface Reading {
  /** What the bytes are; undefined: the whole object. */
  readonly range: ByteRange | undefined;
  /** Called once: as `read` gives them. */
  bytes(): Promise<ObjectBytes>;
  /** For whoever does not want them. */
  close(): void;
}

/**
 * Objects. A `bucketId` is the `place` of a bucket (see `BucketRecord`), and all that a data plane knows of it. Keys order by their UTF-8 bytes. Every write is acknowledged after fsync, and is whole or absent.
 * Rejects with `StoreError`, or with the body's own `BodyFault` when a body does not verify (nothing is stored then).
 */
export interface DataPlane {
  /** As `find`, for authorization, before there is a grant: policies may ask for the tags of an object. */
  stateOf(bucketId: string, key: string, versionId: VersionId | undefined): Promise<Version | undefined>;
  /** The version named, or the current one. */
  find(grant: Grant, bucketId: string, key: string, versionId: VersionId | undefined): Promise<Version | undefined>;
  /**
   * Both `find` and `read`, of a data plane that has both for the price of one. `range`: of the form `bytes=a-b`, `bytes=a-` or `bytes=-n`;
   * undefined: the whole object. Nothing of the bytes is given out before they are asked for.
   */
  openObject?(
    grant: Grant,
    bucketId: string,
    key: string,
    versionId: VersionId | undefined,
    range: string | undefined,
  ): Promise<OpenedObject>;
  /**
   * Where part `number` of an object is, of a data plane whose `find` does not list parts. Undefined: `version` says all of its parts.
   * `none`: there is no such part.
   */
  findPart?(
    grant: Grant,
    bucketId: string,
    version: ObjectVersion,
    number: number,
  ): Promise<PartExtent | "none" | undefined>;
  /** Opens before the first byte, so a concurrent delete does not cut it. An empty object gives no chunks. */
  read(
    grant: Grant,
    bucketId: string,
    version: ObjectVersion,
    range: ByteRange | undefined,
    customerKey?: CustomerKey,
  ): Promise<ObjectBytes>;
  put(
    grant: Grant,
    target: WriteTarget,
    metadata: ObjectMetadata,
    body: VerifiedBody,
    customerKey?: CustomerKey,
  ): Promise<Written | WriteRefusal>;
  /**
   * ETag, checksum and parts stay those of the source, unless the copy is encrypted in another way: then it has those of an object that is
   * put. `no-such-version`: the source is gone.
   */
  copy(
    grant: Grant,
    source: CopySource,
    target: WriteTarget,
    metadata: ObjectMetadata,
    customerKey?: CustomerKey,
  ): Promise<Written | WriteRefusal>;
  /**
   * Replaces the tags, the ACL or a part of the lock of a version. `isSeen`: only if it has the tags and the ACL that `version` has. Rejects
   * with `conflict` when it has others, or when the version is gone.
   */
  change(
    grant: Grant,
    bucketId: string,
    version: ObjectVersion,
    change: MetadataChange,
    isSeen: boolean,
  ): Promise<{ readonly kind: "changed" } | WriteRefusal>;
  /** Deleting a version that does not exist succeeds, as at S3. `ifMatch`: see `deletionRefusal`. */
  delete(grant: Grant, target: DeleteTarget): Promise<DeleteOutcome | WriteRefusal>;

  /** The data plane chooses the upload id. */
  createUpload(
    grant: Grant,
    bucketId: string,
    upload: NewUpload,
  ): Promise<WriteRefusal | { readonly kind: "created"; readonly upload: Upload }>;
  findUpload(grant: Grant, bucketId: string, key: string, uploadId: string): Promise<Upload | undefined>;
  putPart(
    grant: Grant,
    bucketId: string,
    upload: Upload,
    number: number,
    body: VerifiedBody,
    customerKey?: CustomerKey,
  ): Promise<{ readonly kind: "part"; readonly part: Part } | WriteRefusal>;
  copyPart(
    grant: Grant,
    source: CopySource & { readonly range: ByteRange | undefined },
    bucketId: string,
    upload: Upload,
    number: number,
    customerKey?: CustomerKey,
  ): Promise<{ readonly kind: "part"; readonly part: Part } | WriteRefusal>;
  /** By number, from the first after `after`; none when the key has no such upload. */
  listParts(
    grant: Grant,
    upload: { readonly bucketId: string; readonly key: string; readonly uploadId: string },
    after: number,
    limit: number,
  ): Promise<readonly Part[]>;
  /** Parts ascending; every one but the last at least 5 MiB. Completing the same upload again with the same parts gives the same version. */
  completeUpload(
    grant: Grant,
    target: CompleteTarget,
    uploadId: string,
    parts: readonly { readonly number: number; readonly etag: string; readonly checksum?: string }[],
  ): Promise<Written | WriteRefusal>;
  /** False when there is no such upload. */
  abortUpload(grant: Grant, bucketId: string, key: string, uploadId: string): Promise<boolean>;

  listObjects(grant: Grant, bucketId: string, query: ListQuery): Promise<Listing<ListedObject>>;
  /** By key, newest first. Versions of a listing carry their storage class, no other metadata and no parts (empty). */
  listVersions(grant: Grant, bucketId: string, query: ListQuery): Promise<Listing<Version>>;
  /** By key, then by upload id: ids are in the order of the times when the uploads began. */
  listUploads(grant: Grant, bucketId: string, query: ListQuery): Promise<Listing<Upload>>;

  /**
   * Rejects with `PlaceTaken` when somebody else has the place.
   * Makes the bucket's place; done again, it does nothing. CreateBucket calls it before anybody can see the bucket. What is written
   * to a bucket that was never opened is refused or kept, as the data plane likes.
   */
  openBucket(grant: Grant, bucketId: string): Promise<void>;
  /**
   * At once and for good: when the bucket is empty, no later write to this bucket id succeeds. False when it is not empty.
   * Versions and delete markers are contents. Uploads in progress are not, as in S3's general purpose buckets: they are aborted.
   */
  closeBucket(grant: Grant, bucketId: string): Promise<boolean>;
  /**
   * Before the registry says so, and done again it changes nothing: a data plane that keeps versions by itself keeps them from now on. Others
   * have nothing to do, because each write says the bucket's versioning.
   */
  setVersioning(grant: Grant, bucketId: string, versioning: "enabled" | "suspended"): Promise<void>;
}
