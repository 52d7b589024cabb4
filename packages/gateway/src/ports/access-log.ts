import type { BucketRecord } from "./bucket-registry.ts";
import type { S3OperationName } from "./operation-name.ts";

/** The buckets that a request used, as they were found. A copy reads its source too. */
export interface UsedBuckets {
  readonly bucket: BucketRecord | undefined;
  readonly source?: {
    readonly bucket: BucketRecord;
    readonly key: string;
    readonly versionId: string | undefined;
  };
}

/**
 * What an access log tells of a request, beside the bucket. Undefined: unknown, or nothing that the request has.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
export interface AccessEntry {
  /** When the request came, ms. */
  readonly time: number;
  readonly remote: string;
  /** The canonical user id of a root, else the ARN. Undefined: nobody who is known. */
  readonly requester: string | undefined;
  readonly requestId: string;
  readonly key: string | undefined;
  readonly method: string;
  /** Path and query as sent. Undefined: they are not for whose log it is. */
  readonly uri: string | undefined;
  readonly httpVersion: string;
  readonly status: number;
  readonly code: string | undefined;
  /** Bytes of the answer's body. */
  readonly sent: number;
  /** Bytes. */
  readonly objectSize: number | undefined;
  readonly totalMs: number;
  /** From the end of the request to the begin of the answer. */
  readonly turnAroundMs: number | undefined;
  readonly referer: string | undefined;
  readonly userAgent: string | undefined;
  readonly versionId: string | undefined;
  readonly hostId: string;
  readonly signature: "SigV2" | "SigV4" | undefined;
  readonly cipher: string | undefined;
  readonly authType: "AuthHeader" | "QueryString" | undefined;
  readonly host: string | undefined;
  /** `1.3`. */
  readonly tlsVersion: string | undefined;
}

/** A request to S3 that was answered. */
export interface AnsweredRequest {
  /** As the request names it. */
  readonly bucketName: string;
  /** Undefined: it was refused before anybody looked. */
  readonly used: UsedBuckets | undefined;
  readonly operation: S3OperationName;
  /** A visit of the bucket as a website. */
  readonly isVisit: boolean;
  readonly entry: AccessEntry;
}

/** Takes what has been answered, and never waits. */
export interface AccessLog {
  add(request: AnsweredRequest): void;
}

/** Lines of one object to be: of one bucket, and of one day of UTC. */
export interface LogPlace {
  readonly accountId: string;
  readonly bucketId: string;
  /** `20261130`. */
  readonly day: string;
}

/** Lines that wait to be delivered. */
export interface AccessLogQueue {
  /** Whole lines, with their line feeds; resolves when the system has them, and rejects when the disk has no room. */
  append(place: LogPlace, lines: Uint8Array): Promise<void>;
}
