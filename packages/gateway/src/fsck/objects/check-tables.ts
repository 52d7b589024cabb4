import { refreshCurrent } from "../../data-planes/local/write-version.ts";
import type { Connection } from "../../stores/sqlite/connection.ts";
import { blob, optional, text } from "../../stores/sql/sql-value.ts";
import type { Checks } from "../checks.ts";
import type { Finding } from "../finding.ts";
import { eachRow, findRows } from "../found-rows.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";
import { noPlace, type TableCheck } from "./table-check.ts";
import { usageChecks } from "./usage-checks.ts";

const versionPlace = "v.bucket_id, v.key, v.version_id";

const owners = "SELECT seq FROM versions WHERE kind = 'object' UNION ALL SELECT holder AS seq FROM garbage";

/** Of what is moved aside: the rows of `table` whose `column` is among the ids that were found. */
function asideWhere(table: string, column: string) {
  return (connection: Connection, found: string, { aside }: Checks): void =>
    aside.rows(connection, "objects.db", table, `${column} IN (SELECT id FROM ${found})`);
}

/** For rows without anything that is nowhere else. */
function deleteWhere(table: string, column: string) {
  return (connection: Connection, found: string): void =>
    connection.exec(`DELETE FROM ${table} WHERE ${column} IN (SELECT id FROM ${found})`);
}

function ownerlessRows(table: string, those: string): TableCheck {
  return {
    kind: "row-ownerless",
    table,
    select: `SELECT ${noPlace}, seq AS id FROM ${table} WHERE seq NOT IN (${those})`,
    mend: asideWhere(table, "seq"),
  };
}

/** In this order: what one of them moves aside is nobody's for the next. */
const tableChecks: readonly TableCheck[] = [
  {
    kind: "part-ownerless",
    table: "parts",
    select: `SELECT ${noPlace}, holder AS id FROM parts WHERE upload_id NOT IN (SELECT upload_id FROM uploads)`,
    mend: asideWhere("parts", "holder"),
  },
  {
    kind: "garbage-alive",
    table: "garbage",
    select: `SELECT ${versionPlace}, g.holder AS id FROM versions v JOIN garbage g ON g.holder = v.seq
      UNION ALL SELECT ${noPlace}, holder FROM parts WHERE holder IN (SELECT holder FROM garbage)`,
    mend: deleteWhere("garbage", "holder"),
  },
  {
    kind: "dead-file-alive",
    table: "dead_files",
    select: `SELECT ${noPlace}, file AS id FROM dead_files WHERE file IN (SELECT file FROM bodies)`,
    mend: deleteWhere("dead_files", "file"),
  },
  ownerlessRows("copies", owners),
  ownerlessRows("version_metadata", owners),
  ownerlessRows("version_parts", `${owners} UNION ALL SELECT content FROM copies`),
  {
    kind: "content-ownerless",
    table: "segments",
    select: `SELECT DISTINCT ${noPlace}, content AS id FROM segments WHERE content NOT IN
      (${owners} UNION ALL SELECT content FROM copies UNION ALL SELECT holder FROM parts)`,
    mend: asideWhere("segments", "content"),
  },
  {
    kind: "sharing-differs",
    table: "shared_contents",
    select: `SELECT ${noPlace}, i.content AS id, coalesce(n.counted, 0) AS counted
      FROM (SELECT content FROM copies UNION SELECT content FROM shared_contents) i
      LEFT JOIN (SELECT coalesce(c.content, h.seq) AS content, count(*) AS counted
        FROM (${owners}) h LEFT JOIN copies c ON c.seq = h.seq GROUP BY 1) n ON n.content = i.content
      LEFT JOIN shared_contents s ON s.content = i.content WHERE coalesce(s.refs, 1) <> coalesce(n.counted, 0)`,
    mend: (connection, found) =>
      connection.exec(`DELETE FROM shared_contents WHERE content IN (SELECT id FROM ${found});
        INSERT INTO shared_contents (content, refs) SELECT id, counted FROM ${found} WHERE counted > 0`),
  },
  {
    kind: "references-differ",
    table: "bodies",
    select: `SELECT ${noPlace}, b.id, s.counted FROM bodies b
      JOIN (SELECT body, count(*) AS counted FROM segments GROUP BY body) s ON s.body = b.id WHERE b.refs <> s.counted`,
    mend: (connection, found) =>
      connection.exec(`UPDATE bodies SET refs = f.counted FROM ${found} f WHERE f.id = bodies.id`),
  },
  {
    kind: "body-unused",
    table: "bodies",
    select: `SELECT ${noPlace}, id FROM bodies WHERE id NOT IN (SELECT body FROM segments)
      UNION ALL SELECT ${noPlace}, body FROM inline_bodies WHERE body NOT IN (SELECT id FROM bodies)`,
    mend: unusedBodiesAside,
  },
  {
    kind: "current-differs",
    table: "current",
    select: currentSelect(),
    mend: (connection, found) => {
      for (const [bucketId, key] of eachRow(connection, found, "bucket_id, key"))
        refreshCurrent(connection, text(bucketId), blob(key));
    },
  },
  {
    kind: "counter-behind",
    table: "counters",
    select: `SELECT ${noPlace}, greatest AS id FROM (SELECT max(n) AS greatest FROM (
        SELECT max(seq) AS n FROM versions UNION ALL SELECT max(content) FROM segments UNION ALL SELECT max(id) FROM bodies
        UNION ALL SELECT max(holder) FROM parts UNION ALL SELECT max(holder) FROM garbage))
      WHERE greatest > coalesce((SELECT value FROM counters WHERE name = 'sequence'), -1)
        OR NOT EXISTS (SELECT 1 FROM counters WHERE name = 'sequence')`,
    mend: (connection, found) =>
      connection.exec(`INSERT OR REPLACE INTO counters (name, value) SELECT 'sequence', coalesce(id, 0) FROM ${found}`),
  },
  ...usageChecks,
];

function currentSelect(): string {
  const columns = ["size", "etag", "modified", "owner", "checksum_algorithm", "checksum_type", "storage_class"];
  const differs = columns.map((column) => `c.${column} IS NOT n.${column}`).join(" OR ");
  const newest = `SELECT bucket_id, key, kind, ${columns.join(", ")}, max(seq) FROM versions GROUP BY bucket_id, key`;
  return `SELECT n.bucket_id, n.key, NULL AS version_id, NULL AS id FROM (${newest}) n
      LEFT JOIN current c ON c.bucket_id = n.bucket_id AND c.key = n.key
      WHERE CASE n.kind WHEN 'object' THEN c.bucket_id IS NULL OR ${differs} ELSE c.bucket_id IS NOT NULL END
    UNION ALL SELECT bucket_id, key, NULL, NULL FROM current c
      WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.bucket_id = c.bucket_id AND v.key = c.key)`;
}

/** Small bodies go with their row, whose key of encryption goes too; files when the rows are gone for certain. */
function unusedBodiesAside(connection: Connection, found: string, checks: Checks): void {
  const files = `SELECT b.file FROM bodies b JOIN ${found} f ON f.id = b.id WHERE b.file IS NOT NULL`;
  const names = connection.all(files, [], ([file]) => optional(text, file ?? null));
  for (const name of names) if (name !== undefined) checks.afterwards(() => checks.aside.blobIfThere(name));
  for (const [table, column] of [
    ["inline_bodies", "body"],
    ["bodies", "id"],
  ] as const)
    asideWhere(table, column)(connection, found, checks);
}

/** Says what is wrong, and changes nothing: what follows from one fault is not another. */
export function* checkTables(objects: ObjectsUnderCheck): Generator<Finding> {
  const { connection, checks } = objects;
  for (const { kind, table, select } of tableChecks) {
    checks.progress(`objects.db: ${table}`);
    const found = findRows(connection, kind, select);
    for (const [bucketId, key, versionId, id] of eachRow(connection, found, "bucket_id, key, version_id, id")) {
      const name = typeof id === "string" || typeof id === "number" ? ` ${id}` : "";
      const at = `objects.db ${table}${name}`;
      yield checks.found(kind, { ...placeOf(objects, [bucketId, key, versionId]), at });
    }
  }
}

/** Makes the tables agree with one another again, whatever was changed in them before. */
export function mendTables({ connection, checks }: ObjectsUnderCheck): void {
  for (const check of tableChecks) check.mend(connection, findRows(connection, check.kind, check.select), checks);
}
