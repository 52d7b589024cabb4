import { metadataDocument } from "../../data-planes/local/metadata-document.ts";
import { partColumns, partFrom, uploadColumns, uploadFrom } from "../../data-planes/local/version-rows.ts";
import { integer, text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import { eachRow, findRows } from "../found-rows.ts";
import { faultOf } from "./check-versions.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";

/** Unfinished uploads and their parts, read as requests read them. */
export function* checkUploads(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks } = objects;
  const uploads = findRows(connection, "upload-unreadable", `SELECT bucket_id, ${uploadColumns} FROM uploads`);
  for (const [bucketId, ...columns] of eachRow(connection, uploads, `bucket_id, ${uploadColumns}`)) {
    const detail = faultOf(() => uploadFrom(columns));
    if (detail === undefined) continue;
    yield checks.found("upload-unreadable", { ...placeOf(objects, [bucketId, columns[0]]), detail });
    if (checks.repairs) makeAbortable(objects, text(columns[1]));
  }
  const parts = findRows(connection, "part-damaged", `SELECT holder, upload_id, ${partColumns} FROM parts`);
  for (const [content, , ...columns] of eachRow(connection, parts, `holder, upload_id, ${partColumns}`))
    if (faultOf(() => partFrom(columns)) !== undefined)
      connection.run("INSERT OR IGNORE INTO temp.bad_parts (holder) VALUES (?)", [integer(content)]);
}

/** Its metadata are lost, so what is completed of it is marked, and a client that aborts it gets its space back. */
function makeAbortable({ connection, checks }: ObjectsUnderCheck, uploadId: string): void {
  const columns = "metadata, checksum_algorithm, checksum_type, storage_class, lock";
  connection.all(`SELECT ${columns} FROM uploads WHERE upload_id = ?`, [uploadId], (row) => {
    const [metadata = null, algorithm = null, type = null, storageClass = null, lock = null] = row;
    checks.aside.keep("objects.db uploads", { upload_id: uploadId, metadata, algorithm, type, storageClass, lock });
  });
  checks.aside.sync();
  const document = metadataDocument({ headers: {}, user: {}, damaged: "upload-unreadable" });
  connection.run(
    `UPDATE uploads SET metadata = ?, checksum_algorithm = NULL, checksum_type = NULL, storage_class = 'STANDARD', lock = NULL
     WHERE upload_id = ?`,
    [Buffer.from(document, "utf8"), uploadId],
  );
}
