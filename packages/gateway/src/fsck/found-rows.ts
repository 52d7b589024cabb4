import type { Connection } from "../stores/sqlite/connection.ts";
import type { Row } from "../stores/sql/database.ts";
import type { FindingKind } from "./finding-kinds.ts";

const page = 500;

/**
 * Keeps what a query finds in a temporary table, which repairs read too, so that memory stays flat however much is damaged. Gives the name of
 * the table.
 */
export function findRows(connection: Connection, kind: FindingKind, select: string): string {
  const table = `temp.found_${kind.replaceAll("-", "_")}`;
  connection.exec(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} AS ${select}`);
  return table;
}

/** The rows of such a table, or of another with row ids, page by page. Rows that come meanwhile are not seen. */
export function* eachRow(connection: Connection, table: string, columns: string): Generator<Row> {
  const sql = `SELECT rowid, ${columns} FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${page}`;
  for (let last = 0; ;) {
    const rows = connection.all(sql, [last], (row) => row);
    for (const row of rows) yield row.slice(1);
    const end = rows.at(-1)?.[0];
    if (typeof end !== "number") return;
    last = end;
  }
}
