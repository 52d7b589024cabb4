import type { BucketRecord } from "../ports/bucket-registry.ts";
import { newEventId } from "./event-id.ts";

/** What a service of the gateway did by itself to an object. */
export interface ServiceDeed {
  /** `lifecycle.s3.amazonaws.com`. */
  readonly service: string;
  readonly eventName: string;
  readonly bucket: Pick<BucketRecord, "name" | "owner">;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly uploadId?: string | undefined;
  readonly responseElements: Readonly<Record<string, string | undefined>> | null;
  readonly additionalEventData: Readonly<Record<string, string>>;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
}

/** The line of a data event in CloudTrail's shape: nobody asked for it, so its caller is the service, as in AWS's own. */
export function serviceEvent(deed: ServiceDeed, now: number, region: string): string {
  const { service, eventName, bucket, key, versionId, uploadId } = deed;
  const { responseElements, additionalEventData, errorCode, errorMessage } = deed;
  const { name, owner } = bucket;
  return `${JSON.stringify({
    eventVersion: "1.11",
    userIdentity: { type: "AWSService", invokedBy: service },
    eventTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
    eventSource: "s3.amazonaws.com",
    eventName,
    awsRegion: region,
    sourceIPAddress: service,
    userAgent: service,
    errorCode,
    errorMessage,
    requestParameters: { bucketName: name, key, versionId, uploadId },
    responseElements,
    additionalEventData,
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
