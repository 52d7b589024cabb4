import type { BucketRecord } from "../ports/bucket-registry.ts";
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
