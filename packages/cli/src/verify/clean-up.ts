import type { S3Client } from "@aws-sdk/client-s3";
import { serviceFailure } from "../output/errors.ts";

/**
 * Removes what trying credentials may have left at a key, every version of it, with whichever client may. False: something is
 * there, or it cannot be known.
 */
export async function removeKey(clients: readonly S3Client[], bucket: string, key: string): Promise<boolean> {
  for (const s3 of clients) {
    if (await removeVersions(s3, bucket, key)) return true;
  }
  for (const s3 of clients) {
    if (await removePlainly(s3, bucket, key)) return true;
  }
  return false;
}

async function removeVersions(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  const { DeleteObjectCommand, ListObjectVersionsCommand } = await import("@aws-sdk/client-s3");
  try {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }));
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      // The key is random, so what only begins with it is nobody's; but never delete by accident.
      if (Key === key) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
    }
    return true;
  } catch {
    return false;
  }
}

/** Right where the bucket has no versions; where it has, a delete would leave the version and a marker. */
async function removePlainly(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  const { DeleteObjectCommand, HeadObjectCommand } = await import("@aws-sdk/client-s3");
  try {
    const answer = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    return answer.DeleteMarker !== true;
  } catch {
    try {
      await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return false;
    } catch (error) {
      return serviceFailure(error).status === 404;
    }
  }
}
