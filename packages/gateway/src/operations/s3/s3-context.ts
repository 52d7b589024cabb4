import type { VerifiedBody } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { OperationContext } from "../operation.ts";
import type { SeenObjects } from "./s3-subject.ts";

/** What GetObject and HeadObject say of an object to those alone who may ask for it by itself. */
export type ReadablePart = "tags" | "retention" | "legal-hold";

/** What the pipeline hands to a row: names and buckets are there when the row's level has them. */
export interface S3Context extends OperationContext {
  readonly bucketName: string | undefined;
  readonly key: string | undefined;
  /** As the client addressed it, without a slash at its end: a host of its own, or a path. */
  readonly bucketUrl: string;
  /** Buckets as they were when the request was authorized. */
  readonly bucket: BucketRecord | undefined;
  readonly sourceBucket: BucketRecord | undefined;
  /** That the request names. */
  readonly versionId: string | undefined;
  /** `?uploadId=` of the request. */
  readonly uploadId: string | undefined;
  /** Of a streamed body. Not read before `run` reads it. */
  readonly body: VerifiedBody | undefined;
  /** Whether the caller may list the bucket, so that a miss may be answered with 404 (else 403). Decided only when called. */
  readonly mayList: (which: "bucket" | "source") => Promise<boolean>;
  /** Whether the caller may know the tags or the lock of this version, which is the request's. Decided only when called. */
  readonly mayRead: (part: ReadablePart, version: ObjectVersion) => Promise<boolean>;
  readonly seen: SeenObjects;
}

export interface BucketContext extends OperationContext {
  readonly bucket: BucketRecord;
  readonly bucketUrl: string;
  /** Whether the caller may list the bucket, so that a miss may be answered with 404 (else 403). Decided only when called. */
  readonly mayList: () => Promise<boolean>;
  readonly seen: SeenObjects;
}

export interface ObjectContext extends BucketContext {
  readonly key: string;
  readonly mayRead: (part: ReadablePart, version: ObjectVersion) => Promise<boolean>;
}

export interface VersionContext extends ObjectContext {
  /** Undefined: the current version. */
  readonly versionId: string | undefined;
}

export interface UploadContext extends ObjectContext {
  readonly uploadId: string;
}

/** `uploadId` is that of a part that is copied, and empty for a copy of an object. */
export interface CopyContext extends UploadContext {
  readonly sourceBucket: BucketRecord;
  readonly mayListSource: () => Promise<boolean>;
}

export interface AccountContext extends OperationContext {
  /** The caller's own, which the request names. */
  readonly accountId: string;
}

export interface NewBucketContext extends OperationContext {
  readonly bucketName: string;
}

/** INVARIANT: `http/detect.ts` finds a row by the level of the request, and the pipeline finds its buckets, so this never throws. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`an S3 operation without ${what}`);
  return value;
}

export function bucketContext(context: S3Context): BucketContext {
  return { ...context, bucket: present(context.bucket, "its bucket"), mayList: () => context.mayList("bucket") };
}

export function objectContext(context: S3Context): VersionContext {
  return {
    ...context,
    bucket: present(context.bucket, "its bucket"),
    key: present(context.key, "a key"),
    mayList: () => context.mayList("bucket"),
  };
}

export function uploadContext(context: S3Context): UploadContext {
  return { ...objectContext(context), uploadId: context.uploadId ?? "" };
}

export function copyContext(context: S3Context): CopyContext {
  return {
    ...uploadContext(context),
    sourceBucket: present(context.sourceBucket, "the bucket of its source"),
    mayListSource: () => context.mayList("source"),
  };
}
