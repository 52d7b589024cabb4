import type { Reader, Writer } from "./database.ts";
import type { Migration } from "./migration.ts";
import { integer } from "./sql-value.ts";

/** A counter that moves in the same transaction as every change of the directory; caches are filled against it. */
export const revisionMigration: Migration = {
  name: "0001-revision",
  sql: `
    CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
    INSERT INTO revision (one, value) VALUES (1, 0);
  `,
};

export async function moveRevision(writer: Writer): Promise<void> {
  await writer.run("UPDATE revision SET value = value + 1 WHERE one = 1", []);
}

export async function readRevision(reader: Reader): Promise<number> {
  return (await reader.get("SELECT value FROM revision WHERE one = 1", [], ([value]) => integer(value))) ?? 0;
}
