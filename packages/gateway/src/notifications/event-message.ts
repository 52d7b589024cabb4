import { hostId, uriEncode } from "@s3-credentials/protocol";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { EventCause, NotificationRule, ObjectEvent } from "../ports/notifications.ts";

/** One record of S3's message, but for its sequencer, as plain data. */
export interface EventRecord {
  readonly eventName: ObjectEvent["name"];
  readonly s3: { readonly object: Readonly<Record<string, unknown>>; readonly [name: string]: unknown };
  readonly [name: string]: unknown;
}

/** What a target gets. */
export type MessageContent =
  | { readonly kind: "event"; readonly record: EventRecord }
  | { readonly kind: "test"; readonly message: Readonly<Record<string, string>> };

/** A message before it has its place among the others. */
export interface NewMessage {
  readonly target: string;
  /** Of the bucket. */
  readonly accountId: string;
  /** Bucket and key: messages about one object stay in their order. */
  readonly orderingKey: string;
  readonly content: MessageContent;
}

interface EventParts {
  readonly bucket: Pick<BucketRecord, "name" | "owner">;
  readonly rule: Pick<NotificationRule, "id" | "target">;
  readonly event: ObjectEvent;
  readonly cause: EventCause;
  readonly region: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** Versions of the structure: "It uses version 2.3 for S3 Lifecycle, […] object ACL, object tagging […] events", and 2.1 for the others. */
function versionOf(name: ObjectEvent["name"]): string {
  return name.startsWith("ObjectCreated:") || name.startsWith("ObjectRemoved:") ? "2.1" : "2.3";
}

/** "The key name value is URL encoded": `red flower.jpg` is `red+flower.jpg`. */
function encodedKey(key: string): string {
  return uriEncode(Buffer.from(key, "utf8"), true).replaceAll("%20", "+");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export function eventMessage({ bucket, rule, event, cause, region, now }: EventParts): NewMessage {
  const { name, key, size, etag, versionId, storageClass } = event;
  const record: EventRecord = {
    eventVersion: versionOf(name),
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: new Date(now).toISOString(),
    eventName: name,
    userIdentity: { principalId: cause.principalId },
    requestParameters: { sourceIPAddress: cause.sourceIp },
    responseElements: { "x-amz-request-id": cause.requestId, "x-amz-id-2": hostId(cause.requestId) },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: rule.id,
      bucket: { name: bucket.name, ownerIdentity: { principalId: bucket.owner }, arn: `arn:aws:s3:::${bucket.name}` },
      object: { key: encodedKey(key), size, eTag: etag, versionId },
    },
    ...(storageClass === undefined
      ? {}
      : { lifecycleEventData: { transitionEventData: { destinationStorageClass: storageClass } } }),
  };
  const orderingKey = `${bucket.name}/${key}`;
  return { target: rule.target, accountId: bucket.owner, orderingKey, content: { kind: "event", record } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html: the message of a new configuration. */
export function testMessage(
  { name, owner }: Pick<BucketRecord, "name" | "owner">,
  target: string,
  requestId: string,
  now: number,
): NewMessage {
  const message = {
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date(now).toISOString(),
    Bucket: name,
    RequestId: requestId,
    HostId: hostId(requestId),
  };
  return { target, accountId: owner, orderingKey: name, content: { kind: "test", message } };
}

/** One line of JSON. Sequencers of the same length compare as texts. */
export function messageText(content: MessageContent, seq: number): string {
  if (content.kind === "test") return JSON.stringify(content.message);
  const { record } = content;
  const sequencer = seq.toString(16).toUpperCase().padStart(16, "0");
  const object = { ...record.s3.object, sequencer };
  return JSON.stringify({ Records: [{ ...record, s3: { ...record.s3, object } }] });
}
