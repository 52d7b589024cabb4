import { StoreError } from "../../ports/store-error.ts";
import type { Reader } from "../sql/database.ts";
import { inTurn } from "../sql/in-turn.ts";
import { integer, type SqlValue, text } from "../sql/sql-value.ts";
import { isColumnType, type TableColumn, type TableShape } from "../sql/table-rows.ts";

/** Every table of the stores that a file has, each after those that it refers to. */
export async function tableShapes(reader: Reader): Promise<readonly TableShape[]> {
  const names = await reader.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations' ORDER BY name",
    [],
    ([name]) => text(name),
  );
  const parents = new Map(await inTurn(names, async (name) => [name, await parentsOf(reader, name)] as const));
  const ordered = new Set<string>();
  const add = (name: string): void => {
    for (const parent of parents.get(name) ?? []) if (!ordered.has(parent)) add(parent);
    ordered.add(name);
  };
  for (const name of names) add(name);
  return inTurn([...ordered], (name) => shapeOf(reader, name));
}

function parentsOf(reader: Reader, name: string): Promise<readonly string[]> {
  return reader.all(`SELECT "table" FROM pragma_foreign_key_list('${name}')`, [], ([parent]) => text(parent));
}

async function shapeOf(reader: Reader, name: string): Promise<TableShape> {
  const columns = await reader.all(
    `SELECT name, type, pk FROM pragma_table_info('${name}') ORDER BY cid`,
    [],
    ([column, type, place]) => ({ ...columnOf(name, column, type), place: integer(place) }),
  );
  const key = columns.filter(({ place }) => place > 0).toSorted((one, other) => one.place - other.place);
  if (key.length === 0) throw new StoreError("corrupt", `the table ${name} has no primary key`);
  return { name, columns, key: key.map((column) => column.name) };
}

function columnOf(table: string, name: SqlValue | undefined, type: SqlValue | undefined): TableColumn {
  const word = text(type);
  if (!isColumnType(word)) throw new StoreError("corrupt", `the table ${table} has a column of the type ${word}`);
  return { name: text(name), type: word };
}
