import type { Grant } from "../../ports/grant.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { type Refusal, refuse } from "../operation.ts";
import type { VersionContext } from "./s3-context.ts";

/**
 * The object, or what the caller may know about its absence. A caller who may not list the bucket learns nothing, not even that there is a
 * delete marker, and gets the same answer as for a forbidden object.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
 */
export async function findObject(
  grant: Grant,
  {
    ports,
    bucket,
    key,
    versionId,
    mayList,
    seen,
  }: Pick<VersionContext, "ports" | "bucket" | "key" | "versionId" | "mayList" | "seen">,
): Promise<ObjectVersion | Refusal> {
  const version =
    seen.object === undefined ? await ports.objects.find(grant, bucket.place, key, versionId) : seen.object.version;
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
