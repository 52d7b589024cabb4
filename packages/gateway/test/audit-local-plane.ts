import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { objectMigrations } from "../src/data-planes/local/object-migrations.ts";
import { checkDatabase } from "../src/fsck/check-database.ts";
import { checksOf } from "../src/fsck/checks.ts";
import type { Finding } from "../src/fsck/finding.ts";
import { checkObjects } from "../src/fsck/objects/check-objects.ts";
import { SetAside } from "../src/fsck/set-aside.ts";
import { text } from "../src/stores/sql/sql-value.ts";

/** Of blob files, relative to the folder of blobs. */
export async function blobNames(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, "blobs"), { recursive: true });
  return names.filter((name) => /^[0-9a-f]+\/[0-9]+\/[0-9a-f]{32}$/.test(name)).sort();
}

/** Holds a data folder that no process has open against all checks of its objects; gives the files that its rows need. */
export async function auditIndex(dataDir: string): Promise<readonly string[]> {
  const options = { dataDir, repairs: false, dropsDamaged: false, readsBodies: false, now: 0, progress: () => {} };
  const checks = checksOf(options, new SetAside(dataDir));
  const facts = { buckets: undefined, active: new Set<string>(), keyFile: undefined };
  const file = { path: join(dataDir, "objects.db"), migrations: objectMigrations };
  const files: string[] = [];
  const findings = checkDatabase(file, checks, async function* (connection) {
    yield* checkObjects(connection, checks, facts);
    const query = "SELECT file FROM bodies WHERE file IS NOT NULL ORDER BY file";
    files.push(...connection.all(query, [], ([name]) => text(name)));
  });
  const damage: Finding[] = [];
  for await (const finding of findings) if (finding.state === "damage") damage.push(finding);
  expect(damage).toEqual([]);
  return files;
}
