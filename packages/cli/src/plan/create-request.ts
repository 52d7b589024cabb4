import type { JsonObject } from "../input/json.ts";

/** What `create` was asked for, checked and with every name and document made; nothing of a service is known yet. */
export interface CreateRequest {
  readonly buckets: readonly string[];
  /** `aws`, `aws-cn` …: the first part of every ARN. */
  readonly partition: string;
  readonly bucketCreation: BucketCreation;
  readonly credentials: PermanentRequest | TemporaryRequest;
}

export interface BucketCreation {
  readonly wanted: boolean;
  readonly region?: string;
  readonly public: boolean;
  readonly website: boolean;
}

export interface PermanentRequest {
  readonly kind: "permanent";
  readonly userName: string;
  /** The policy's ARN, or none. */
  readonly boundary?: string;
  readonly policies: readonly NamedPolicy[];
}

export interface NamedPolicy {
  readonly name: string;
  readonly document: JsonObject;
}

export interface TemporaryRequest {
  readonly kind: "temporary";
  readonly sessionName: string;
  readonly seconds: number;
  readonly policy: JsonObject;
  /** Service prefixes of actions the role, which has S3 only, can never allow. */
  readonly beyondS3: readonly string[];
}
