import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { needsKeyFile } from "./data-keys.ts";
import { StoreError } from "../../ports/store-error.ts";
import { type Connection, openConnection, type Reader } from "../../stores/sqlite/connection.ts";
import { integer, text } from "../../stores/sql/sql-value.ts";
import { type StoreIdentity, storeIdentityOf, storeIdentityQuery } from "../../stores/sql/store-identity.ts";

export interface InspectedIndex {
  /** Undefined: as 0.1.0 wrote it. */
  readonly identity: StoreIdentity | undefined;
  /** The newest blob file that a row references and that is not there. */
  readonly missingBlob: string | undefined;
  /** How many contents and versions it has numbered: it grows with everything that is written. */
  readonly sequence: number;
}

/** Reads objects.db as it is, before a gateway changes anything in it. Undefined: there is none. */
export function inspectIndex(dataDir: string): InspectedIndex | undefined {
  return withIndex(dataDir, (connection, tables) => {
    const identity = tables.has("store_identity") ? connection.get(storeIdentityQuery, [], storeIdentityOf) : undefined;
    const newest = "SELECT file FROM bodies WHERE file IS NOT NULL ORDER BY id DESC LIMIT 1";
    const file = tables.has("bodies") ? connection.get(newest, [], ([name]) => text(name)) : undefined;
    const isThere = file === undefined || existsSync(join(dataDir, "blobs", file));
    return { identity, missingBlob: isThere ? undefined : file, sequence: readSequence(connection, tables) };
  });
}

function readSequence(connection: Connection, tables: ReadonlySet<string>): number {
  return tables.has("counters") ? sequenceOf(connection) : 0;
}

export function sequenceOf(reader: Reader): number {
  const sql = "SELECT value FROM counters WHERE name = 'sequence'";
  return reader.get(sql, [], ([value]) => integer(value)) ?? 0;
}

/** How many bodies of objects only the key file opens. */
export function countSealedBodies(dataDir: string): number {
  const count = withIndex(dataDir, (connection, tables) =>
    tables.has("master_keys")
      ? connection.get(`SELECT count(*) FROM bodies WHERE ${needsKeyFile}`, [], ([found]) => integer(found))
      : 0,
  );
  return count ?? 0;
}

/** The index then belongs to no data folder. No gateway may run on it. */
export function forgetIndexIdentity(dataDir: string): void {
  withIndex(dataDir, (connection, tables) => {
    if (tables.has("store_identity")) connection.run("DELETE FROM store_identity", []);
  });
}

function withIndex<T>(dataDir: string, use: (connection: Connection, tables: ReadonlySet<string>) => T): T | undefined {
  const path = join(dataDir, "objects.db");
  if (!existsSync(path) || statSync(path).size === 0) return undefined;
  const connection = openConnection(path);
  try {
    const names = connection.all("SELECT name FROM sqlite_master WHERE type = 'table'", [], ([name]) => text(name));
    return use(connection, new Set(names));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError("corrupt", `${path} is damaged (${why}): put it back from a copy`, { cause });
  } finally {
    connection.close();
  }
}
