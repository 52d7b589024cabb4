import { StoreError } from "../../ports/store-error.ts";

/**
 * A column as it is, but TEXT that is not all printable ASCII as its bytes, for `text` to decode: libsql ends the whole
 * process on TEXT that is not UTF-8, and node:sqlite returns a different text. GLOB takes every byte from 0x80 for a
 * character beyond `~`, also where it is part of no valid one. Columns of every type need it: one flipped bit in the header
 * of a record makes a blob or a number a text.
 */
function bytesOrAscii(column: string): string {
  return `CASE WHEN typeof(${column}) = 'text' AND ${column} GLOB '*[^ -~]*' THEN CAST(${column} AS BLOB) ELSE ${column} END`;
}

/**
 * The statement with each column it gives made safe to read. A SELECT becomes the one source of an outer one; SQL promises no
 * order then, but SQLite passes the rows on as they come, to which safe-texts.prop.ts holds it. After RETURNING there may be
 * one plain column.
 */
export function withSafeTexts(sql: string, countColumns: (sql: string) => number): string {
  if (/^\s*SELECT\b/.test(sql)) {
    const columns = Array.from({ length: countColumns(sql) }, (_, index) => `c${index}`);
    return `WITH found (${columns.join(", ")}) AS (${sql}) SELECT ${columns.map(bytesOrAscii).join(", ")} FROM found`;
  }
  const [before, returned] = sql.split(/\bRETURNING\b/);
  if (before === undefined || returned === undefined) return sql;
  const column = returned.trim();
  if (!/^\w+$/.test(column)) throw new StoreError("corrupt", "a statement returns more than one plain column");
  return `${before}RETURNING ${bytesOrAscii(column)}`;
}
