import { isLocked } from "../../domain/objects/object-lock.ts";
import { lockFrom } from "../../data-planes/local/lock-column.ts";
import { metadataDocument, metadataOf } from "../../data-planes/local/metadata-document.ts";
import { integer, text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import { eachRow, findRows } from "../found-rows.ts";
import { faultOf } from "./check-versions.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";

/** Versions that are marked from before. */
export function* reportMarked(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks } = objects;
  const known = findRows(
    connection,
    "damaged-known",
    `SELECT v.bucket_id, v.key, v.version_id, d.kind FROM versions v JOIN temp.damaged d ON d.seq = v.seq WHERE d.known = 1`,
  );
  for (const [bucketId, key, versionId, kind] of eachRow(connection, known, "bucket_id, key, version_id, kind"))
    yield checks.found("damaged-known", { ...placeOf(objects, [bucketId, key, versionId]), detail: text(kind) });
}

/** Requests are answered with an error for every version in `temp.damaged` from then on; or they are removed, when that is asked for. */
export function markDamaged(objects: ObjectsUnderCheck): void {
  const { connection, checks } = objects;
  const damaged = findRows(connection, "mark-outdated", "SELECT seq, kind, known FROM temp.damaged");
  for (const [seq, kind, known] of eachRow(connection, damaged, "seq, kind, known"))
    if (known === 0) setMark(objects, integer(seq), text(kind));
  if (checks.dropsDamaged) dropDamaged(objects);
}

/** `kind` undefined: the version is whole again. */
export function setMark({ connection, checks }: ObjectsUnderCheck, seq: number, kind: string | undefined): void {
  const isReadable = faultOf(() => metadataOf(connection, seq)) === undefined;
  if (!isReadable) checks.aside.rows(connection, "objects.db", "version_metadata", `seq = ${seq}`);
  const { damaged: _, ...metadata } = isReadable ? metadataOf(connection, seq) : { headers: {}, user: {} };
  const document = metadataDocument(kind === undefined ? metadata : { ...metadata, damaged: kind });
  connection.run("INSERT OR REPLACE INTO version_metadata (seq, document) VALUES (?, ?)", [
    seq,
    Buffer.from(document, "utf8"),
  ]);
}

/** INVARIANT: what a lock keeps stays, damaged or not. */
function dropDamaged({ connection, checks }: ObjectsUnderCheck): void {
  const all = findRows(
    connection,
    "damaged-known",
    "SELECT v.seq, v.lock FROM versions v JOIN temp.damaged d ON d.seq = v.seq",
  );
  connection.exec("CREATE TEMP TABLE dropped (seq INTEGER PRIMARY KEY)");
  for (const [seq, lock] of eachRow(connection, all, "seq, lock"))
    if (!isLocked(lockFrom(lock ?? null).lock, { now: checks.now, bypassesGovernance: false }))
      connection.run("INSERT INTO temp.dropped (seq) VALUES (?)", [integer(seq)]);
  checks.aside.rows(connection, "objects.db", "versions", "seq IN (SELECT seq FROM temp.dropped)");
}
