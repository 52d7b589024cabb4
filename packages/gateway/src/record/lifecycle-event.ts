import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { EventCause, ObjectEvent } from "../ports/notifications.ts";
import { newEventId } from "./event-id.ts";
import { serviceEvent } from "./service-event.ts";

/** What a rule of a bucket's lifecycle did. */
export interface LifecycleDeed {
  readonly operation: "DeleteObject" | "AbortMultipartUpload" | "TransitionObject";
  readonly bucket: Pick<BucketRecord, "name" | "owner">;
  readonly key: string;
  /** Of the version that was removed; undefined: the current object, or an upload. */
  readonly versionId?: string | undefined;
  readonly uploadId?: string;
  /** A delete marker was made. */
  readonly marker?: string | undefined;
  readonly ruleId: string;
  /** What the object has now. */
  readonly storageClass?: string;
}

/** The line of its data event. */
export function lifecycleEvent(
  { operation, bucket, key, versionId, uploadId, marker, ruleId, storageClass }: LifecycleDeed,
  now: number,
  region: string,
): string {
  const deed = {
    service: "lifecycle.s3.amazonaws.com",
    eventName: operation,
    bucket,
    key,
    versionId,
    uploadId,
    responseElements: marker === undefined ? null : { "x-amz-delete-marker": "true", "x-amz-version-id": marker },
    additionalEventData: { lifecycleRule: ruleId, ...(storageClass === undefined ? {} : { storageClass }) },
  };
  return serviceEvent(deed, now, region);
}

/** The events of what was done. https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html */
export function lifecycleNotifications(
  deeds: readonly LifecycleDeed[],
  now: number,
): { readonly events: readonly ObjectEvent[]; readonly cause: EventCause } {
  const events = deeds.flatMap(({ operation, key, versionId, marker, storageClass }): readonly ObjectEvent[] => {
    if (operation === "TransitionObject") return [{ name: "LifecycleTransition", key, versionId, storageClass }];
    if (operation !== "DeleteObject") return [];
    return marker === undefined
      ? [{ name: "LifecycleExpiration:Delete", key, versionId }]
      : [{ name: "LifecycleExpiration:DeleteMarkerCreated", key, versionId: marker }];
  });
  const service = "s3.amazonaws.com";
  return { events, cause: { requestId: newEventId(now), sourceIp: service, principalId: service } };
}
