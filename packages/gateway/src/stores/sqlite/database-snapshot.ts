import { text } from "../sql/sql-value.ts";
import { dataVersion } from "./changes-of-others.ts";
import { type Connection, openConnection, type Reader } from "./connection.ts";
import { makePrivateFile } from "./private-file.ts";

/** A gateway that starts or stops has the file for itself for a moment. ms */
const busyMs = 5000;

/**
 * A database file as it is at one moment, and a copy of it, while a gateway writes to the file and waits for nothing. The source is only
 * read. The copy is the main database of the connection and the source is attached to it, so that the statements that made the source's
 * tables make the copy's as they are.
 */
export class DatabaseSnapshot {
  readonly #connection: Connection;
  /** Sees what others commit while `#connection` sees the one moment. */
  readonly #watcher: Connection;
  #version = 0;

  private constructor(connection: Connection, watcher: Connection) {
    this.#connection = connection;
    this.#watcher = watcher;
  }

  /** `target` is made with mode 0600 and must not be there before. Rejects with a `StoreError`. */
  static async open(source: string, target: string): Promise<DatabaseSnapshot> {
    await makePrivateFile(target);
    const snapshot = new DatabaseSnapshot(openConnection(target), openConnection(source));
    try {
      snapshot.#attach(source);
      return snapshot;
    } catch (error) {
      snapshot.close();
      throw error;
    }
  }

  #attach(source: string): void {
    this.#watcher.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = ${busyMs}`);
    // A copy that is cut off is thrown away, so it needs no journal. Whoever keeps it syncs it.
    this.#connection.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF");
    this.#connection.exec(`PRAGMA busy_timeout = ${busyMs}; ATTACH '${source.replaceAll("'", "''")}' AS source`);
  }

  begin(): void {
    this.#version = dataVersion(this.#watcher);
    this.#connection.exec("BEGIN");
    this.#connection.get("SELECT count(*) FROM source.sqlite_schema", [], () => true); // the moment is this one
  }

  /** Whether anything was committed since `begin` was called. */
  isOld(): boolean {
    return dataVersion(this.#watcher) !== this.#version;
  }

  end(): void {
    this.#connection.exec("ROLLBACK");
  }

  /** Of the moment. Its tables are named `source.NAME`. */
  get reader(): Reader {
    return this.#connection;
  }

  /** Of the source as it is now. */
  get now(): Reader {
    return this.#watcher;
  }

  /** `finish` may read and change the copy; its tables are named `main.NAME`. The moment ends with it. */
  copy(report: (table: string) => void, finish: (copy: Connection) => void = () => {}): void {
    const connection = this.#connection;
    const made = connection.all(
      "SELECT type, name, sql FROM source.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
      [],
      ([type, name, sql]) => ({ isTable: text(type) === "table", name: text(name), sql: text(sql) }),
    );
    for (const { name, sql } of made.filter(({ isTable }) => isTable)) {
      report(name);
      connection.exec(`${sql}; INSERT INTO main."${name}" SELECT * FROM source."${name}"`);
    }
    this.#copySequences();
    // Indexes are made quicker when all rows are there, and triggers must not see the rows come.
    for (const { sql } of made.filter(({ isTable }) => !isTable)) connection.exec(sql);
    finish(connection);
    connection.exec("COMMIT");
  }

  /** The highest numbers that tables with AUTOINCREMENT ever gave, which may be those of rows that are gone. */
  #copySequences(): void {
    const find = "SELECT 1 FROM source.sqlite_schema WHERE name = 'sqlite_sequence'";
    if (this.#connection.get(find, [], () => true) === undefined) return;
    this.#connection.exec(
      "DELETE FROM main.sqlite_sequence; INSERT INTO main.sqlite_sequence SELECT * FROM source.sqlite_sequence",
    );
  }

  close(): void {
    this.#connection.close();
    this.#watcher.close();
  }
}
