import type { VerifiedBody } from "@s3-credentials/protocol";
import type { Grant } from "./grant.ts";
import type { ByteRange, CustomerKey, ObjectBytes, OpenedObject, PartExtent } from "./object-bytes.ts";
import type { ListedObject, Listing, ListQuery } from "./object-listing.ts";
import type { ObjectMetadata, ObjectVersion, Version, VersionId } from "./object-version.ts";
import type {
  CompleteTarget,
  CopySource,
  DeleteOutcome,
  DeleteTarget,
  MetadataChange,
  WriteRefusal,
  WriteTarget,
  Written,
} from "./object-write.ts";
import type { NewUpload, Part, Upload } from "./upload.ts";

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
   * to a bucket that was never opened is refused or kept, as the data plane likes. `owner`: the account that the bucket is of, for quotas.
   */
  openBucket(grant: Grant, bucketId: string, owner: string): Promise<void>;
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
