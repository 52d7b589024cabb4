import type { Connection } from "../../stores/sqlite/connection.ts";
import type { Row } from "../../stores/sql/database.ts";
import { blob, integer, text } from "../../stores/sql/sql-value.ts";
import { versionColumns } from "../../data-planes/local/version-rows.ts";

const page = 500;

const qualified = versionColumns
  .split(", ")
  .map((column) => `v.${column}`)
  .join(", ");

const select = `SELECT v.bucket_id, ${qualified}, m.document, p.document FROM versions v
  LEFT JOIN version_metadata m ON m.seq = v.seq
  LEFT JOIN copies c ON c.seq = v.seq
  LEFT JOIN version_parts p ON p.seq = coalesce(c.content, v.seq)`;

/** A row of `versions` as it is, with its documents. */
export interface RawVersion {
  readonly bucketId: string;
  readonly key: Buffer;
  readonly seq: number;
  /** In the order of `versionColumns`. */
  readonly columns: Row;
  readonly metadata: Row[number] | undefined;
  readonly parts: Row[number] | undefined;
}

/** Every version, by bucket and key, newest first, page by page: what is written meanwhile to those behind is not in the way. */
export function* eachVersion(connection: Connection): Generator<RawVersion> {
  let last: RawVersion | undefined;
  for (;;) {
    const rows = [...pageAfter(connection, last)];
    yield* rows;
    last = rows.at(-1);
    if (last === undefined) return;
  }
}

function pageAfter(connection: Connection, last: RawVersion | undefined): readonly RawVersion[] {
  if (last === undefined)
    return connection.all(`${select} ORDER BY v.bucket_id, v.key, v.seq DESC LIMIT ${page}`, [], rawVersion);
  const { bucketId, key, seq } = last;
  const older = connection.all(
    `${select} WHERE v.bucket_id = ? AND v.key = ? AND v.seq < ? ORDER BY v.seq DESC LIMIT ${page}`,
    [bucketId, key, seq],
    rawVersion,
  );
  if (older.length > 0) return older;
  return connection.all(
    `${select} WHERE (v.bucket_id, v.key) > (?, ?) ORDER BY v.bucket_id, v.key, v.seq DESC LIMIT ${page}`,
    [bucketId, key],
    rawVersion,
  );
}

function rawVersion([bucketId, ...rest]: Row): RawVersion {
  const columns = rest.slice(0, -2);
  const [metadata, parts] = rest.slice(-2);
  return { bucketId: text(bucketId), key: blob(columns[0]), seq: integer(columns[1]), columns, metadata, parts };
}
