import type { Reader, Row, Writer } from "./database.ts";
import type { Migration } from "./migration.ts";
import { optional, type SqlValue, text } from "./sql-value.ts";

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

export const storeIdentityQuery = "SELECT folder_id, run, pending FROM store_identity";

export function storeIdentityOf([folderId, run, pending]: Row): StoreIdentity {
  return { folderId: text(folderId), run: optional(text, run), pending: optional(text, pending) };
}

export function readStoreIdentity(reader: Reader): Promise<StoreIdentity | undefined> {
  return reader.get(storeIdentityQuery, [], storeIdentityOf);
}

export const storeIdentityChange = `INSERT INTO store_identity (one, folder_id, run, pending) VALUES (1, ?, ?, ?)
  ON CONFLICT (one) DO UPDATE SET folder_id = excluded.folder_id, run = excluded.run, pending = excluded.pending`;

export function storeIdentityValues({ folderId, run, pending }: StoreIdentity): readonly SqlValue[] {
  return [folderId, run ?? null, pending ?? null];
}

export async function setStoreIdentity(writer: Writer, identity: StoreIdentity): Promise<void> {
  await writer.run(storeIdentityChange, storeIdentityValues(identity));
}
