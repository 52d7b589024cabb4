import type { DeleteOutcome } from "../../ports/data-plane.ts";
import { defineS3, isRefusal } from "../operation.ts";
import { authorized, bucketOf, keyOf, versionOf } from "./names.ts";
import { emptyReply } from "./reply.ts";
import { writeRefusal } from "./write-refusals.ts";

interface Input {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
}

function headersOf({ versionId, deleteMarker }: DeleteOutcome): Readonly<Record<string, string>> {
  return {
    ...(versionId === undefined ? {} : { "x-amz-version-id": versionId }),
    ...(deleteMarker ? { "x-amz-delete-marker": "true" } : {}),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject = defineS3<Input>({
  name: "DeleteObject",
  body: { kind: "none" },
  demands: [
    { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
    { action: "s3:DeleteObject", resource: "object", when: "no-version" },
    { action: "s3:DeleteObjectVersion", resource: "object", when: "version-named" },
    { action: "s3:BypassGovernanceRetention", resource: "object", when: "governance-bypass-header" },
  ],
  conditionKeys: ["s3:VersionId", "s3:if-match"],
  parse(request) {
    const versionId = versionOf(request);
    if (isRefusal(versionId)) return versionId;
    const ifMatch = request.headers.get("if-match")?.replaceAll('"', "");
    return { bucket: bucketOf(request), key: keyOf(request), versionId, ifMatch };
  },
  subject: ({ bucket, key, versionId }) => ({ bucket, key, ...(versionId === undefined ? {} : { versionId }) }),
  async run(grant, { key, versionId, ifMatch }, { ports, bucket: found, mayList }) {
    const bucket = authorized(found);
    const target = {
      bucketId: bucket.id,
      key,
      versioning: bucket.versioning,
      owner: bucket.owner,
      versionId,
      ...(ifMatch === undefined ? {} : { ifMatch }),
    };
    const deleted = await ports.objects.delete(grant, target);
    return deleted.kind === "deleted" ? emptyReply(204, headersOf(deleted)) : writeRefusal(deleted, mayList);
  },
});
