import type { Context } from "../command-line/context.ts";
import { type Json, type JsonObject, isList, isObject, JsonNumber } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";

export type RowFormat = "json" | "nl" | "csv" | "tsv";

/** Where rows go; JSON escapes by itself. */
export type RowOutput = Pick<Context, "print" | "shown">;

/** Prints rows one by one as they come, in the format asked for; `headers` are the columns of CSV and TSV. */
export async function writeRows(
  rows: AsyncIterable<JsonObject>,
  headers: readonly string[],
  format: RowFormat,
  { print: write, shown }: RowOutput,
): Promise<void> {
  if (format === "nl") {
    for await (const row of rows) await write(`${dumps(row)}\n`);
  } else if (format === "json") {
    await writeArray(rows, write);
  } else {
    const separator = format === "csv" ? "," : "\t";
    const line = (cells: readonly string[]) => `${cells.map((cell) => quoteCell(cell, separator)).join(separator)}\r\n`;
    await write(line(headers));
    for await (const row of rows) await write(line(headers.map((name) => cellText(row.get(name), shown))));
  }
}

/** A valid array in every moment but the last item's: the comma is written once the next item is there. */
async function writeArray(rows: AsyncIterable<JsonObject>, write: (text: string) => Promise<void>): Promise<void> {
  let first = true;
  for await (const row of rows) {
    const text = dumps(row, 2).replace(/^/gm, "  ");
    await write(first ? `[\n${text}` : `,\n${text}`);
    first = false;
  }
  await write(first ? "[]\n" : "\n]\n");
}

function cellText(value: Json | undefined, shown: RowOutput["shown"]): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return shown(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (value instanceof JsonNumber) return value.text;
  if (isObject(value) || isList(value)) return dumps(value, 2);
  return "";
}

/** Python's `csv` with minimal quoting. */
function quoteCell(cell: string, separator: string): string {
  const needsQuotes = cell.includes(separator) || /["\r\n]/.test(cell);
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}
