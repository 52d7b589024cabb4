import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { EventCause, ObjectEvent } from "../ports/notifications.ts";
import { newEventId } from "./event-id.ts";

/** What a rule of a bucket's lifecycle did. */
export interface LifecycleDeed {
  readonly operation: "DeleteObject" | "AbortMultipartUpload";
  readonly bucket: Pick<BucketRecord, "name" | "owner">;
  readonly key: string;
  /** Of the version that was removed; undefined: the current object, or an upload. */
  readonly versionId?: string | undefined;
  readonly uploadId?: string;
  /** A delete marker was made. */
  readonly marker?: string | undefined;
  readonly ruleId: string;
}

/** The line of a data event in CloudTrail's shape: nobody asked for it, so its caller is the service, as in AWS's own. */
export function lifecycleEvent(deed: LifecycleDeed, now: number, region: string): string {
  const { operation, bucket, key, versionId, uploadId, marker, ruleId } = deed;
  const { name, owner } = bucket;
  return `${JSON.stringify({
    eventVersion: "1.11",
    userIdentity: { type: "AWSService", invokedBy: "lifecycle.s3.amazonaws.com" },
    eventTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
    eventSource: "s3.amazonaws.com",
    eventName: operation,
    awsRegion: region,
    sourceIPAddress: "lifecycle.s3.amazonaws.com",
    userAgent: "lifecycle.s3.amazonaws.com",
    requestParameters: { bucketName: name, key, versionId, uploadId },
    responseElements: marker === undefined ? null : { "x-amz-delete-marker": "true", "x-amz-version-id": marker },
    additionalEventData: { lifecycleRule: ruleId },
    eventID: newEventId(now),
    readOnly: false,
    resources: [
      { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${name}/${key}` },
      { accountId: owner, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${name}` },
    ],
    eventType: "AwsServiceEvent",
    managementEvent: false,
    recipientAccountId: owner,
    eventCategory: "Data",
  })}\n`;
}

/** The events of what was done. https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html */
export function lifecycleNotifications(
  deeds: readonly LifecycleDeed[],
  now: number,
): { readonly events: readonly ObjectEvent[]; readonly cause: EventCause } {
  const events = deeds.flatMap(({ operation, key, versionId, marker }): readonly ObjectEvent[] => {
    if (operation !== "DeleteObject") return [];
    return marker === undefined
      ? [{ name: "LifecycleExpiration:Delete", key, versionId }]
      : [{ name: "LifecycleExpiration:DeleteMarkerCreated", key, versionId: marker }];
  });
  const service = "s3.amazonaws.com";
  return { events, cause: { requestId: newEventId(now), sourceIp: service, principalId: service } };
}
