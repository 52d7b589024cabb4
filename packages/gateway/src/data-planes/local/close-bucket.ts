import type { Writer } from "../../stores/sqlite/connection.ts";
import { text, utf8 } from "../../stores/sqlite/sql-value.ts";
import { abortUpload } from "./upload-procedures.ts";
import { isClosed } from "./write-version.ts";

/**
 * INVARIANT: every procedure that adds to a bucket looks into `closed_buckets` first, in the same transaction, and one
 * thread runs all of them: after a true answer nothing is ever added under this id. Ids are never used again, so the
 * row stays.
 */
export function closeBucket(writer: Writer, args: { readonly bucketId: string; readonly now: number }): boolean {
  const { bucketId } = args;
  if (isClosed(writer, bucketId)) return true;
  if (writer.get("SELECT 1 FROM versions WHERE bucket_id = ? LIMIT 1", [bucketId], () => true) ?? false) return false;
  const uploads = writer.all("SELECT key, upload_id FROM uploads WHERE bucket_id = ?", [bucketId], ([key, id]) => ({
    key: utf8(key),
    uploadId: text(id),
  }));
  for (const upload of uploads) abortUpload(writer, { bucketId, ...upload, now: args.now });
  writer.run("INSERT INTO closed_buckets (bucket_id) VALUES (?)", [bucketId]);
  return true;
}
