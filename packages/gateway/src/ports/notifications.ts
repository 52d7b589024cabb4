import type { BucketRecord } from "./bucket-registry.ts";

/**
 * Events of objects that are published, by the names that records of events have.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
export const objectEventNames = [
  "ObjectCreated:Put",
  "ObjectCreated:Post",
  "ObjectCreated:Copy",
  "ObjectCreated:CompleteMultipartUpload",
  "ObjectRemoved:Delete",
  "ObjectRemoved:DeleteMarkerCreated",
  "LifecycleExpiration:Delete",
  "LifecycleExpiration:DeleteMarkerCreated",
  "LifecycleTransition",
  "ObjectTagging:Put",
  "ObjectTagging:Delete",
  "ObjectAcl:Put",
  "ObjectRetention:Put",
] as const;

export type ObjectEventName = (typeof objectEventNames)[number];

/** Something that was done to an object. */
export interface ObjectEvent {
  readonly name: ObjectEventName;
  readonly key: string;
  /** Undefined: the bucket has no versions. */
  readonly versionId?: string | undefined;
  /** Bytes; of objects that were made or changed, as is `etag`, which has no quotes. */
  readonly size?: number;
  readonly etag?: string;
  /** What a transition gave it. */
  readonly storageClass?: string | undefined;
}

/** The request that did it. */
export interface EventCause {
  readonly requestId: string;
  readonly sourceIp: string;
  /** The unique id of who asked. */
  readonly principalId: string;
}

/** Which events of a bucket go where. */
export interface NotificationRule {
  readonly id: string;
  /** In which form it was sent. Both lead to a target of the operator, by its name. */
  readonly kind: "queue" | "topic";
  readonly target: string;
  /** As they were sent: `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  /** Of keys; undefined: none was named. */
  readonly prefix?: string;
  readonly suffix?: string;
}

/** Events on their way to the targets that the configuration of their bucket names. */
export interface Notifications {
  /** Whether the operator lets buckets of the account use a target of this name. */
  permits(accountId: string, target: string): boolean;
  /**
   * Resolves when the events are kept until their targets have them, or when there is no room: then they are dropped and counted. It never
   * rejects, because what they report is done.
   */
  publish(bucket: BucketRecord, events: readonly ObjectEvent[], cause: EventCause): Promise<void>;
  /** The same for the `s3:TestEvent` of a new configuration. */
  publishTest(bucket: BucketRecord, targets: readonly string[], requestId: string): Promise<void>;
}
