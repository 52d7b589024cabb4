import type { DeleteOutcome } from "../../ports/object-write.ts";
import { asSeen, unquoted } from "./conditions.ts";
import { byVersion, versionedObject } from "./define-s3.ts";
import { bypassesGovernance, bypassMember } from "./object-lock-input.ts";
import { removalEvent, publishEvents } from "./object-events.ts";
import { emptyReply, writeRefusal } from "./reply.ts";

interface Input {
  readonly ifMatch: string | undefined;
  readonly bypassesGovernance: boolean;
}

function headersOf({ versionId, deleteMarker }: DeleteOutcome): Readonly<Record<string, string>> {
  return {
    ...(versionId === undefined ? {} : { "x-amz-version-id": versionId }),
    ...(deleteMarker ? { "x-amz-delete-marker": "true" } : {}),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject = versionedObject<Input>({
  name: "DeleteObject",
  route: { method: "DELETE" },
  events: ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"],
  reads: ["if-match", bypassMember],
  demands: [
    { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
    ...byVersion("s3:DeleteObject", "s3:DeleteObjectVersion"),
    { action: "s3:BypassGovernanceRetention", resource: "object", when: "governance-bypass-header" },
  ],
  parse({ headers }) {
    const sent = headers.get("if-match");
    return {
      ifMatch: sent === undefined ? undefined : unquoted(sent),
      bypassesGovernance: bypassesGovernance(headers),
    };
  },
  async run(grant, { ifMatch, ...asked }, context) {
    const { ports, bucket, key, versionId, seen } = context;
    const target = {
      bucketId: bucket.place,
      key,
      versioning: bucket.versioning,
      owner: bucket.owner,
      versionId,
      ...asked,
      ...(ifMatch === undefined ? {} : asSeen({ ifMatch }, seen.object)),
    };
    const deleted = await ports.objects.delete(grant, target);
    if (deleted.kind !== "deleted") return writeRefusal(deleted, context, { key, versionId, condition: { ifMatch } });
    await publishEvents(context, [removalEvent(context, key, versionId, deleted)]);
    return emptyReply(204, headersOf(deleted));
  },
});
