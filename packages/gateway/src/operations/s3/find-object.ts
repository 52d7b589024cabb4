import type { Grant } from "../../ports/grant.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { DataPlane, ObjectVersion } from "../../ports/data-plane.ts";
import { type Refusal, refuse } from "../operation.ts";

export interface Wanted {
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * The object, or what may be told of its absence: whoever may not list the bucket learns nothing, not even of a delete
 * marker, and gets what a forbidden object gets.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
 */
export async function findObject(
  grant: Grant,
  objects: DataPlane,
  bucket: BucketRecord,
  { key, versionId }: Wanted,
  mayList: () => Promise<boolean>,
): Promise<ObjectVersion | Refusal> {
  const version = await objects.find(grant, bucket.id, key, versionId);
  if (version?.kind === "object") return version;
  if (!(await mayList())) return refuse("AccessDenied");
  if (version === undefined) {
    if (versionId === undefined) return refuse("NoSuchKey", undefined, { details: { Key: key } });
    return refuse("NoSuchVersion", undefined, { details: { Key: key, VersionId: versionId } });
  }
  const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
  if (versionId === undefined) return refuse("NoSuchKey", undefined, { details: { Key: key }, headers });
  const details = { Method: "GET", ResourceType: "DeleteMarker" };
  return refuse("MethodNotAllowed", undefined, {
    details,
    headers: { ...headers, allow: "DELETE", "last-modified": new Date(version.lastModified).toUTCString() },
  });
}
