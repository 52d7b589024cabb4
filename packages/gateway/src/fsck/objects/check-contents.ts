import { text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import type { FindingKind } from "../finding-kinds.ts";
import { eachRow, findRows } from "../found-rows.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";

/** What the segments of each content add up to, whether they follow one another inside bodies that are there, and how these are encrypted. */
const addUp = `
  INSERT INTO temp.contents (content, total, broken, lowest, highest)
    SELECT s.content, sum(s.length),
      max(s.first_byte <> s.before OR b.id IS NULL OR s.start < 0 OR s.start + s.length > b.size),
      min(hex(substr(b.data_key, 1, 1))), max(hex(substr(b.data_key, 1, 1)))
    FROM (SELECT *, sum(length) OVER (PARTITION BY content ORDER BY first_byte) - length AS before FROM segments) s
    LEFT JOIN bodies b ON b.id = s.body GROUP BY s.content;
  INSERT OR IGNORE INTO temp.bad_contents (content, kind)
    SELECT s.content, b.kind FROM segments s JOIN temp.bad_bodies b ON b.body = s.body;
`;

const isIncomplete = "coalesce(s.total, 0) <> v.size OR coalesce(s.broken, 0)";
const isOtherwise = "s.content IS NOT NULL AND (s.lowest <> coalesce(e.kind, '') OR s.highest <> coalesce(e.kind, ''))";

const faults = `
  SELECT v.bucket_id, v.key, v.version_id, v.seq,
    CASE WHEN ${isIncomplete} THEN 'content-incomplete' WHEN b.kind IS NOT NULL THEN b.kind ELSE 'encryption-differs' END AS kind
  FROM versions v LEFT JOIN copies c ON c.seq = v.seq
    LEFT JOIN temp.contents s ON s.content = coalesce(c.content, v.seq)
    LEFT JOIN temp.bad_contents b ON b.content = coalesce(c.content, v.seq)
    LEFT JOIN temp.encrypted e ON e.seq = v.seq
  WHERE v.kind = 'object' AND (${isIncomplete} OR b.kind IS NOT NULL OR (${isOtherwise}))
    AND NOT EXISTS (SELECT 1 FROM temp.damaged d WHERE d.seq = v.seq)`;

const partFaults = `
  INSERT OR IGNORE INTO temp.bad_parts (holder)
    SELECT p.holder FROM parts p LEFT JOIN temp.contents s ON s.content = p.holder
      LEFT JOIN temp.bad_contents b ON b.content = p.holder
    WHERE coalesce(s.total, 0) <> p.size OR coalesce(s.broken, 0) OR b.kind IS NOT NULL`;

/** Versions and parts whose bytes the index does not know whole, or whose bodies are bad. They are in `temp.damaged` and `temp.bad_parts` afterwards. */
export function* checkContents(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks } = objects;
  checks.progress("objects.db: contents");
  connection.exec(addUp);
  const table = findRows(connection, "content-incomplete", faults);
  for (const [bucketId, key, versionId, kind] of eachRow(connection, table, "bucket_id, key, version_id, kind"))
    yield checks.found(text(kind) as FindingKind, placeOf(objects, [bucketId, key, versionId]));
  connection.exec(`INSERT INTO temp.damaged (seq, kind, known) SELECT seq, kind, 0 FROM ${table}`);
  connection.exec(partFaults);
}

/** After everything that looks at parts. What a repair moves aside are rows; their bytes are nobody's then. */
export function* reportParts(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks } = objects;
  const table = findRows(
    connection,
    "part-damaged",
    `SELECT u.bucket_id, u.key, p.number, p.upload_id FROM parts p JOIN uploads u ON u.upload_id = p.upload_id
     WHERE p.holder IN (SELECT holder FROM temp.bad_parts)`,
  );
  for (const [bucketId, key, number] of eachRow(connection, table, "bucket_id, key, number"))
    yield checks.found("part-damaged", { ...placeOf(objects, [bucketId, key]), detail: `part ${String(number)}` });
  if (checks.repairs)
    checks.aside.rows(connection, "objects.db", "parts", "holder IN (SELECT holder FROM temp.bad_parts)");
}
