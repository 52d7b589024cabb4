import type { ChecksumAlgorithm, VerifiedBody } from "@s3-credentials/protocol";
import type { Grant } from "./grant.ts";
import type { Versioning } from "./bucket-registry.ts";

/** `null` is the id of a version written while versioning was off or suspended. */
export type VersionId = string;

/** What is kept beside the octets and given back on GET and HEAD. */
export interface ObjectMetadata {
  /** Stored response headers, lower case: content-type, cache-control, content-disposition, content-encoding, content-language, expires. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-meta-` headers without the prefix, lower case. */
  readonly user: Readonly<Record<string, string>>;
  readonly websiteRedirect?: string;
}

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  /** Base64, with `-N` for a composite of N parts. */
  readonly value: string;
}

export interface ObjectVersion {
  readonly kind: "object";
  readonly key: string;
  readonly versionId: VersionId;
  /** Order of versions within a key: greater is newer. */
  readonly seq: number;
  readonly isLatest: boolean;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: number;
  /** Account id of the owner. */
  readonly owner: string;
  readonly metadata: ObjectMetadata;
  readonly checksum: StoredChecksum | undefined;
  /** Sizes of the parts of a multipart object, in order; empty otherwise. */
  readonly partSizes: readonly number[];
}

export interface DeleteMarker {
  readonly kind: "delete-marker";
  readonly key: string;
  readonly versionId: VersionId;
  readonly seq: number;
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
}

/** ETag conditions checked in the transaction that commits the write. `*` in ifNoneMatch: no current object. */
export interface WriteCondition {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: "*";
}

export interface WriteTarget {
  readonly bucketId: string;
  readonly key: string;
  readonly versioning: Versioning;
  readonly owner: string;
  readonly condition: WriteCondition;
}

/** Expected ends of a write; `bucket-closed`: the bucket is being deleted. */
export type WriteRefusal = {
  readonly kind:
    | "precondition-failed"
    | "conditional-miss"
    | "bucket-closed"
    | "no-such-upload"
    | "invalid-part"
    | "invalid-part-order"
    | "part-too-small"
    | "no-such-version";
  readonly detail?: string;
};

export type Written = { readonly kind: "written"; readonly version: ObjectVersion };

export interface DeleteOutcome {
  readonly kind: "deleted";
  /** The version id named, or that of the delete marker made; undefined with versioning off. */
  readonly versionId: VersionId | undefined;
  /** A delete marker was made, or the version deleted was one. */
  readonly deleteMarker: boolean;
}

export interface Upload {
  readonly uploadId: string;
  readonly key: string;
  readonly initiatedAt: number;
  /** ARN of the initiator, and the owning account. */
  readonly initiator: string;
  readonly owner: string;
  readonly metadata: ObjectMetadata;
  /** What the client asked for, when it did. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: "FULL_OBJECT" | "COMPOSITE" } | undefined;
}

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/** Inclusive octet range, already resolved against the size. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** From where a scan goes on. `seq`: after that version of the key (versions come newest first). */
export interface ScanStart {
  readonly key: string;
  readonly inclusive: boolean;
  readonly seq?: number;
  /** Instead: go on behind every key that begins with `key` (a common prefix just listed). */
  readonly pastPrefix?: true;
}

/**
 * Objects. Keys order by their UTF-8 octets. Every write is acknowledged after fsync, and is whole or absent.
 * Rejects with `StoreError`, or with the body's own `BodyFault` when a body does not verify (nothing is stored then).
 */
export interface DataPlane {
  /** The version named, or the current one. */
  find(grant: Grant, bucketId: string, key: string, versionId: VersionId | undefined): Promise<Version | undefined>;
  /** Opens before the first octet, so a concurrent delete does not cut it. An empty object gives no chunks. */
  read(
    grant: Grant,
    bucketId: string,
    version: ObjectVersion,
    range: ByteRange | undefined,
  ): Promise<AsyncIterable<Buffer>>;
  put(grant: Grant, target: WriteTarget, metadata: ObjectMetadata, body: VerifiedBody): Promise<Written | WriteRefusal>;
  /** Moves rows, not octets; ETag, checksum and parts stay those of the source. `no-such-version`: the source is gone. */
  copy(
    grant: Grant,
    source: { readonly bucketId: string; readonly version: ObjectVersion },
    target: WriteTarget,
    metadata: ObjectMetadata,
  ): Promise<Written | WriteRefusal>;
  /** Deleting a version that does not exist succeeds, as at S3. */
  delete(
    grant: Grant,
    target: Omit<WriteTarget, "condition"> & { readonly versionId: VersionId | undefined; readonly ifMatch?: string },
  ): Promise<DeleteOutcome | WriteRefusal>;

  createUpload(grant: Grant, bucketId: string, upload: Upload): Promise<WriteRefusal | { readonly kind: "created" }>;
  findUpload(grant: Grant, bucketId: string, key: string, uploadId: string): Promise<Upload | undefined>;
  putPart(
    grant: Grant,
    bucketId: string,
    upload: Upload,
    number: number,
    body: VerifiedBody,
  ): Promise<{ readonly kind: "part"; readonly part: Part } | WriteRefusal>;
  copyPart(
    grant: Grant,
    source: { readonly bucketId: string; readonly version: ObjectVersion; readonly range: ByteRange | undefined },
    bucketId: string,
    upload: Upload,
    number: number,
  ): Promise<{ readonly kind: "part"; readonly part: Part } | WriteRefusal>;
  listParts(grant: Grant, bucketId: string, uploadId: string, after: number, limit: number): Promise<readonly Part[]>;
  /** Parts ascending; every one but the last at least 5 MiB. Completing the same upload again with the same parts gives the same version. */
  completeUpload(
    grant: Grant,
    target: WriteTarget,
    uploadId: string,
    parts: readonly { readonly number: number; readonly etag: string; readonly checksum?: string }[],
  ): Promise<Written | WriteRefusal>;
  /** False when there is no such upload. */
  abortUpload(grant: Grant, bucketId: string, key: string, uploadId: string): Promise<boolean>;

  scanObjects(
    grant: Grant,
    bucketId: string,
    prefix: string,
    start: ScanStart | undefined,
    limit: number,
  ): Promise<readonly ListedObject[]>;
  /** By key, newest first. Versions of a scan carry no metadata and no part sizes (empty): listing needs none. */
  scanVersions(
    grant: Grant,
    bucketId: string,
    prefix: string,
    start: ScanStart | undefined,
    limit: number,
  ): Promise<readonly Version[]>;
  /** By key, then by upload id. */
  scanUploads(
    grant: Grant,
    bucketId: string,
    prefix: string,
    start:
      | { readonly key: string; readonly inclusive: boolean; readonly uploadId?: string; readonly pastPrefix?: true }
      | undefined,
    limit: number,
  ): Promise<readonly Upload[]>;

  /**
   * In one transaction: when nothing is left in it, no later write to this bucket id succeeds. False when it is not empty.
   * Versions and delete markers are contents; uploads in progress are not, as for S3's general purpose buckets: they are aborted.
   */
  closeBucket(grant: Grant, bucketId: string): Promise<boolean>;
}
