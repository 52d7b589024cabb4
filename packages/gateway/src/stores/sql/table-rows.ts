import { createHash, type Hash } from "node:crypto";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Row } from "./database.ts";
import { blob, integer, optional, type SqlValue, text } from "./sql-value.ts";

/** A table that SQLite and PostgreSQL have alike. All names are plain words of our own migrations. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** The columns of its primary key, in the order of the key. */
  readonly key: readonly string[];
}

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export type ColumnType = keyof typeof readers;

/** TEXT beyond ASCII comes from SQLite as bytes. */
const readers = { INTEGER: integer, TEXT: text, BLOB: blob } as const;

export function isColumnType(word: string): word is ColumnType {
  return Object.hasOwn(readers, word);
}

const pageRows = 500;

/** All rows in the order of the primary key, some at a time. Both databases compare numbers, texts and bytes alike, so the order is one. */
export async function* pagesOf(reader: Reader, { name, columns, key }: TableShape): AsyncGenerator<readonly Row[]> {
  const select = `SELECT ${columns.map((column) => column.name).join(", ")} FROM ${name}`;
  const order = `ORDER BY ${key.join(", ")} LIMIT ?`;
  const after = `WHERE (${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
  const read = (row: Row): Row => columns.map(({ type }, at) => optional<SqlValue>(readers[type], row[at]) ?? null);
  const places = key.map((one) => columns.findIndex((column) => column.name === one));
  let page = await reader.all(`${select} ${order}`, [pageRows], read);
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield page;
    const from = last;
    page = await reader.all(`${select} ${after} ${order}`, [...places.map((at) => from[at] ?? null), pageRows], read);
  }
}

export interface TableDigest {
  readonly rows: number;
  /** Hexadecimal, of every value of every row in the order of the primary key. */
  readonly sha256: string;
}

/** Rejects when the rows that were read are not as many as the database counts. */
export async function digestOf(reader: Reader, table: TableShape): Promise<TableDigest> {
  const hash = createHash("sha256");
  let rows = 0;
  for await (const page of pagesOf(reader, table)) {
    for (const value of page.flat()) addValue(hash, value);
    rows += page.length;
  }
  const counted = await reader.get(`SELECT count(*) FROM ${table.name}`, [], ([count]) => integer(count));
  if (rows !== counted)
    throw new StoreError("corrupt", `${table.name} has ${counted} rows, of which ${rows} were read`);
  return { rows, sha256: hash.digest("hex") };
}

/** With its kind and its length, so that no two different rows have the same bytes. */
function addValue(hash: Hash, value: SqlValue): void {
  if (value === null) hash.update("null;");
  else if (typeof value === "number") hash.update(`${value};`);
  else {
    const bytes = Buffer.from(value);
    hash.update(`${bytes.length}:`).update(bytes);
  }
}
