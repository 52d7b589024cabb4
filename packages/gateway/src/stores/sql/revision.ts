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

/**
 * What caches are filled from, in parts: a cache of one part stays as it is when another one changes. `keys`: access keys; `sessions`: what
 * opens and revokes session tokens; `identity`: accounts, users, groups, roles and all policies of these.
 */
export const revisionParts = ["identity", "keys", "sessions", "buckets"] as const;
export type RevisionPart = (typeof revisionParts)[number];

/** For each part, the revision at which it changed last. */
export const revisionPartsMigration: Migration = {
  name: "0270-revision-parts",
  sql: revisionParts
    .map((part) => `ALTER TABLE revision ADD COLUMN ${columnOf(part)} INTEGER NOT NULL DEFAULT 0;`)
    .join("\n"),
};

function columnOf(part: RevisionPart): string {
  return `${part}_changed`;
}

export async function moveRevision(writer: Writer, changed: Iterable<RevisionPart> = revisionParts): Promise<void> {
  const columns = ["value", ...Array.from(changed, columnOf)].map((column) => `${column} = value + 1`);
  await writer.run(`UPDATE revision SET ${columns.join(", ")} WHERE one = 1`, []);
}

/** Without a part: of all of them together. */
export async function readRevision(reader: Reader, part?: RevisionPart): Promise<number> {
  const column = part === undefined ? "value" : columnOf(part);
  return (await reader.get(`SELECT ${column} FROM revision WHERE one = 1`, [], ([value]) => integer(value))) ?? 0;
}
