import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { syncFolder } from "../stores/files/private-write.ts";
import type { Connection } from "../stores/sqlite/connection.ts";
import type { SqlValue } from "../stores/sql/sql-value.ts";

const pageSize = 500;

/**
 * Where a repair puts what it takes out of the stores. INVARIANT: a repair deletes nothing that a client stored: rows are lines of
 * `set-aside.jsonl` on the disk before the transaction that takes them away is committed, and files are renamed.
 */
export class SetAside {
  readonly #dataDir: string;
  #file: number | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** `row`: a line of a file, or the columns of a row by name. Bytes are kept as Base64. */
  keep(origin: string, row: Readonly<Record<string, SqlValue>>): void {
    const path = join(this.#dataDir, "set-aside.jsonl");
    if (this.#file === undefined) {
      this.#file = openSync(path, "a", 0o600);
      syncFolder(this.#dataDir);
    }
    const columns = Object.entries(row).map(([name, value]) => [name, kept(value)] as const);
    // The whole line or an error: `writeSync` alone may write a part of it on a disk that is almost full.
    writeFileSync(this.#file, `${JSON.stringify({ from: origin, row: Object.fromEntries(columns) })}\n`);
  }

  /** Keeps the rows of a table for which the condition holds, and deletes them. `file`: which database it is. */
  rows(connection: Connection, file: string, table: string, condition: string): void {
    const columns = connection.all(`SELECT name FROM pragma_table_info('${table}') ORDER BY cid`, [], ([name]) =>
      String(name),
    );
    const expressions = columns.map((column) => `"${column}"`).join(", ");
    const page = `SELECT ${expressions} FROM ${table} WHERE ${condition} LIMIT ${pageSize} OFFSET ?`;
    for (let at = 0; ; at += pageSize) {
      const found = connection.all(page, [at], (row) => row);
      for (const row of found)
        this.keep(`${file} ${table}`, Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])));
      if (found.length < pageSize) break;
    }
    this.sync();
    connection.exec(`DELETE FROM ${table} WHERE ${condition}`);
  }

  /** `name`: relative to the folder of blobs, where it gets the same name below `set-aside`, or `NAME.2` when that is taken, and so on. */
  blob(name: string): void {
    const from = join(this.#dataDir, "blobs", name);
    const to = freeName(join(this.#dataDir, "blobs", "set-aside", name));
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    renameSync(from, to);
    syncFolder(dirname(to));
  }

  blobIfThere(name: string): void {
    if (existsSync(join(this.#dataDir, "blobs", name))) this.blob(name);
  }

  /** A whole database, with what was committed to it and is only in its log yet; the next start makes another. */
  database(file: string, now: number): void {
    const path = join(this.#dataDir, file);
    for (const end of ["", "-wal", "-shm"])
      if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${path}.damaged-${now}${end}`);
    syncFolder(this.#dataDir);
  }

  sync(): void {
    if (this.#file !== undefined) fsyncSync(this.#file);
  }

  close(): void {
    if (this.#file === undefined) return;
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}

/** What was set aside before under the same name stays. */
function freeName(path: string): string {
  let name = path;
  for (let next = 2; lstatSync(name, { throwIfNoEntry: false }) !== undefined; next += 1) name = `${path}.${next}`;
  return name;
}

function kept(value: SqlValue): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
}
