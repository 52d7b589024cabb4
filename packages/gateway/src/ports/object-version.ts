import type { ChecksumAlgorithm } from "@s3-credentials/protocol";
import type { Acl } from "./acl.ts";
import type { ObjectLock } from "./object-lock.ts";
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

/** What is kept beside the bytes. Of a version that is stored only its tags, its ACL, its lock and its storage class change. */
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
  /** What a repair found (a kind of finding of `fsck`): the bytes are not given, and not copied. Absent: nothing. */
  readonly damaged?: string;
}

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
  readonly checksum?: Pick<StoredChecksum, "algorithm" | "value">;
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
