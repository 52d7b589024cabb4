import { isUtf8 } from "node:buffer";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader } from "./connection.ts";
import { blob, text } from "../sql/sql-value.ts";

/**
 * Rejects a file with a TEXT value that is not UTF-8, so that the start reports where it is, instead of every request that
 * meets it. SQLite itself passes over what is all printable ASCII, as nearly everything is, so that a directory of 100,000 users
 * does not come through here value by value at each start.
 */
export function checkTexts(reader: Reader, path: string): void {
  for (const table of names(reader, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
    for (const column of names(reader, `SELECT name FROM pragma_table_info('${table}') WHERE type = 'TEXT'`))
      checkColumn(reader, path, table, column);
}

function checkColumn(reader: Reader, path: string, table: string, column: string): void {
  const sql = `SELECT CAST("${column}" AS BLOB) FROM "${table}" WHERE typeof("${column}") = 'text' AND "${column}" GLOB '*[^ -~]*'`;
  if (reader.all(sql, [], ([value]) => isUtf8(blob(value))).includes(false))
    throw new StoreError(
      "corrupt",
      `${path} is damaged: ${table}.${column} holds bytes that are not text; restore it from a copy`,
    );
}

/** Names of our own schema: plain words. */
function names(reader: Reader, sql: string): readonly string[] {
  return reader.all(sql, [], ([name]) => text(name));
}
