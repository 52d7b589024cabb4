import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { SqlValue } from "../sql/sql-value.ts";

/** The least both SQLite bindings do alike. Synchronous. Rows are arrays in column order. */
export interface DriverStatement {
  get(params: readonly SqlValue[]): readonly SqlValue[] | undefined;
  all(params: readonly SqlValue[]): readonly (readonly SqlValue[])[];
  /** Number of rows changed. */
  run(params: readonly SqlValue[]): number;
}

export interface Driver {
  exec(sql: string): void;
  prepare(sql: string): DriverStatement;
  /** How many columns a SELECT gives. */
  countColumns(sql: string): number;
  close(): void;
}

interface NodeStatement {
  columns(): readonly unknown[];
  setReturnArrays?(enabled: boolean): void;
  get(...params: readonly SqlValue[]): readonly SqlValue[] | undefined;
  all(...params: readonly SqlValue[]): readonly (readonly SqlValue[])[];
  run(...params: readonly SqlValue[]): { readonly changes: number | bigint };
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => {
    exec(sql: string): void;
    prepare(sql: string): NodeStatement;
    close(): void;
  };
  readonly StatementSync: { readonly prototype: NodeStatement };
}

interface LibsqlStatement {
  columns(): readonly unknown[];
  raw(enabled: boolean): void;
  get(params: readonly SqlValue[]): readonly SqlValue[] | undefined;
  all(params: readonly SqlValue[]): readonly (readonly SqlValue[])[];
  run(params: readonly SqlValue[]): { readonly changes: number };
}

type Libsql = new (path: string) => { exec(sql: string): void; prepare(sql: string): LibsqlStatement; close(): void };

/** `node:sqlite` where the runtime has it without a flag and gives rows as arrays (22.16, 24), else libsql. */
export function openDriver(path: string): Driver {
  const builtin = process.getBuiltinModule("node:sqlite") as unknown as NodeSqlite | undefined;
  return builtin?.StatementSync.prototype.setReturnArrays === undefined ? openLibsql(path) : openBuiltin(builtin, path);
}

function openBuiltin(sqlite: NodeSqlite, path: string): Driver {
  const database = new sqlite.DatabaseSync(path);
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      statement.setReturnArrays?.(true);
      return {
        get: (params) => statement.get(...params),
        all: (params) => statement.all(...params),
        run: (params) => Number(statement.run(...params).changes),
      };
    },
    countColumns: (sql) => database.prepare(sql).columns().length,
    close: () => database.close(),
  };
}

function openLibsql(path: string): Driver {
  const Database = createRequire(import.meta.url)("libsql") as Libsql;
  const database = new Database(withPlainFiles(path));
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      // INVARIANT: each of `get`, `all` and `run` has a statement of its own. libsql 0.5 does not reset one that another of them used
      // before: it then runs with the parameters of that call, or not at all.
      const once = (prepare: () => LibsqlStatement): (() => LibsqlStatement) => {
        let statement: LibsqlStatement | undefined;
        return () => (statement ??= prepare());
      };
      const rows = (): LibsqlStatement => {
        const statement = database.prepare(sql);
        statement.raw(true);
        return statement;
      };
      const [forGet, forAll, forRun] = [once(rows), once(rows), once(() => database.prepare(sql))];
      return {
        // INVARIANT: parameters go as one array; libsql 0.5 aborts the process on a bare Buffer or object.
        get: (params) => forGet().get(params),
        all: (params) => forAll().all(params),
        run: (params) => forRun().run(params).changes,
      };
    },
    countColumns: (sql) => database.prepare(sql).columns().length,
    close: () => database.close(),
  };
}

/**
 * libsql reads files through a layer for encrypted databases, which drops errors: where the disk cannot read a page, a query finds what was
 * in that memory before, or no rows, and a policy that denies would not be seen. This names SQLite's own layer in its place.
 * https://www.sqlite.org/uri.html
 */
function withPlainFiles(path: string): string {
  if (path === ":memory:") return path;
  return `${pathToFileURL(path).href}?vfs=${process.platform === "win32" ? "win32" : "unix"}`;
}
