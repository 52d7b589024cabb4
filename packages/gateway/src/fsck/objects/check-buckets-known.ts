import { text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import { eachRow, findRows } from "../found-rows.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";

/** Whether the directory and the index mean the same buckets. */
export function* checkBucketsKnown(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks, buckets, active } = objects;
  if (buckets === undefined) return;
  const used = findRows(
    connection,
    "bucket-unknown",
    `SELECT bucket_id, count(*) AS rows FROM (SELECT bucket_id FROM versions UNION ALL SELECT bucket_id FROM uploads)
     GROUP BY bucket_id`,
  );
  for (const [id, rows] of eachRow(connection, used, "bucket_id, rows"))
    if (!buckets.has(text(id)))
      yield checks.found("bucket-unknown", {
        ...placeOf(objects, [id]),
        detail: `${String(rows)} versions and uploads`,
      });
  const closed = findRows(connection, "bucket-closed", "SELECT bucket_id FROM closed_buckets");
  for (const [id] of eachRow(connection, closed, "bucket_id")) {
    if (!active.has(text(id))) continue;
    yield checks.found("bucket-closed", placeOf(objects, [id]));
    if (checks.repairs) connection.run("DELETE FROM closed_buckets WHERE bucket_id = ?", [text(id)]);
  }
}
