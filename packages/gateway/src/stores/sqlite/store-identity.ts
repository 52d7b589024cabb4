import type { Reader, Writer } from "./connection.ts";
import type { Migration } from "../sql/migration.ts";
import { optional, text } from "../sql/sql-value.ts";

/** Which data folder a store belongs to, and which start of the gateway used it last. */
export interface StoreIdentity {
  /** Random, one for all stores of a data folder. */
  readonly folderId: string;
  /** `NUMBER-RANDOM`, new at each start. Undefined: the stores are not paired yet. */
  readonly run: string | undefined;
  /** A run that is being written to the other stores; only in directory.db. */
  readonly pending: string | undefined;
}

/** The row is absent in a store of 0.1.0 until its first start with a later version. */
export function storeIdentityMigration(name: string): Migration {
  return {
    name,
    sql: `
      CREATE TABLE store_identity (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        folder_id TEXT NOT NULL,
        run TEXT,
        pending TEXT
      ) STRICT;
    `,
  };
}

export function readStoreIdentity(reader: Reader): StoreIdentity | undefined {
  return reader.get("SELECT folder_id, run, pending FROM store_identity", [], ([folderId, run, pending]) => ({
    folderId: text(folderId),
    run: optional(text, run),
    pending: optional(text, pending),
  }));
}

export function setStoreIdentity(writer: Writer, { folderId, run, pending }: StoreIdentity): void {
  writer.run("INSERT OR REPLACE INTO store_identity (one, folder_id, run, pending) VALUES (1, ?, ?, ?)", [
    folderId,
    run ?? null,
    pending ?? null,
  ]);
}
