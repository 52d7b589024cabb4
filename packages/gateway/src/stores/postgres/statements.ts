import pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import type { Row } from "../sql/database.ts";
import { type SqlValue, checkValue } from "../sql/sql-value.ts";
import { storeErrorOf } from "./postgres-errors.ts";

/** A text of the stores as PostgreSQL takes it. */
interface Statement {
  readonly text: string;
  /** Prepared once on each connection, under this name. */
  readonly name: string;
  readonly arity: number;
}

/** SQL texts are constants of the program, so this is never reached; it bounds a mistake. */
const maxStatements = 2000;
const statements = new Map<string, Statement>();
let named = 0;

/** Each `?` becomes `$1`, `$2` …; `INDEXED BY` is for SQLite's planner. */
function statementOf(sql: string): Statement {
  let statement = statements.get(sql);
  if (statement === undefined) {
    const parts = sql.replaceAll(/\bINDEXED BY \w+/g, "").split("?");
    const text = parts.reduce((before, after, at) => `${before}$${at}${after}`);
    statement = { text, name: `s${(named += 1)}`, arity: parts.length - 1 };
    if (statements.size >= maxStatements) statements.clear();
    statements.set(sql, statement);
  }
  return statement;
}

export interface Result {
  readonly rows: readonly Row[];
  /** Changed, or given. */
  readonly count: number;
  /** What was done: `COMMIT`, `ROLLBACK`, `SELECT` … */
  readonly command: string;
}

/** Rejects with `StoreError` only. */
export async function runStatement(client: pg.ClientBase, sql: string, params: readonly SqlValue[]): Promise<Result> {
  const { text, name, arity } = statementOf(sql);
  if (arity !== params.length)
    throw new StoreError("corrupt", `statement takes ${arity} parameters, got ${params.length}`);
  for (const value of params) checkValue(value);
  const query = { text, name, values: [...params], rowMode: "array" } as const;
  try {
    return resultOf(await client.query<SqlValue[]>(query));
  } catch (cause) {
    throw storeErrorOf(cause);
  }
}

/** Several statements without parameters, in one message: one answer for each. Rejects with `StoreError` only. */
export async function runScript(client: pg.ClientBase, sql: string): Promise<readonly Result[]> {
  try {
    const found: unknown = await client.query<SqlValue[]>({ text: sql, rowMode: "array" });
    return [found].flat().map((result) => resultOf(result as pg.QueryArrayResult<SqlValue[]>));
  } catch (cause) {
    throw storeErrorOf(cause);
  }
}

function resultOf({ rows, rowCount, command }: pg.QueryArrayResult<SqlValue[]>): Result {
  return { rows, count: rowCount ?? 0, command };
}

const { builtins } = pg.types;
/** Sums of BIGINT are NUMERIC. `integer` refuses what is no safe integer. */
const numbers = [builtins.INT2, builtins.INT4, builtins.INT8, builtins.NUMERIC];
const bytes = pg.types.getTypeParser(builtins.BYTEA, "text");
const flag = (value: string): number => (value === "t" ? 1 : 0);

/** Columns as SQLite gives them: numbers, texts, bytes, and 0 or 1 for what is true or not. */
const parsers = new Map<number, (value: string) => unknown>([
  ...numbers.map((type) => [type, Number] as const),
  [builtins.BYTEA, bytes],
  [builtins.BOOL, flag],
]);

export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((type: number) => parsers.get(type) ?? String) as pg.CustomTypesConfig["getTypeParser"],
};

/** In single quotes, for the few statements that take no parameters. */
export function literal(text: string): string {
  return pg.escapeLiteral(text);
}

export function identifier(name: string): string {
  return pg.escapeIdentifier(name);
}
