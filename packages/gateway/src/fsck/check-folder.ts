import { join } from "node:path";
import { readParts, refuseMixedParts } from "../data-folder/folder-parts.ts";
import { objectMigrations } from "../data-planes/local/object-migrations.ts";
import { upstreamPlace } from "../ports/bucket-homes.ts";
import { StoreError } from "../ports/store-error.ts";
import { asyncWriter } from "../stores/sqlite/asynchronous.ts";
import type { Connection } from "../stores/sqlite/connection.ts";
import { directoryMigrations } from "../stores/sql/identity/directory-migrations.ts";
import { messageMigrations } from "../stores/sql/notifications/message-migrations.ts";
import { recordMigrations } from "../stores/sql/record/record-migrations.ts";
import { text, utf8 } from "../stores/sql/sql-value.ts";
import { checkDatabase } from "./check-database.ts";
import { checkDirectory } from "./check-directory.ts";
import { checkEventFiles } from "./check-event-files.ts";
import { checkKinds } from "./check-kinds.ts";
import { checkNotifications } from "./check-notifications.ts";
import { checkPermissions } from "./check-permissions.ts";
import { checkRecord } from "./check-record.ts";
import { checkKeyFile, checkSecrets } from "./check-secrets.ts";
import { type CheckOptions, type Checks, checksOf } from "./checks.ts";
import type { Finding } from "./finding.ts";
import { checkObjects } from "./objects/check-objects.ts";
import type { DirectoryFacts } from "./objects/objects-under-check.ts";
import { SetAside } from "./set-aside.ts";

/**
 * Checks a data folder that no process has open, and repairs it when asked to. Each database is repaired in one transaction, and files
 * are moved when that is committed; so a repair that was cut off is done by the next one.
 */
export async function* checkFolder(options: CheckOptions): AsyncGenerator<Finding> {
  const aside = new SetAside(options.dataDir);
  const checks = checksOf(options, aside);
  try {
    yield* checkPermissions(checks);
    if (!(yield* checkKinds(checks))) return;
    const facts = yield* checkDirectoryFile(checks);
    if (checks.repairs && facts.buckets === undefined) return; // nothing says that the objects belong to this directory
    const objects = { path: join(options.dataDir, "objects.db"), migrations: objectMigrations };
    yield* checkDatabase(objects, checks, (connection) => checkObjects(connection, checks, facts));
    const record = { path: join(options.dataDir, "record.db"), migrations: recordMigrations };
    yield* checkDatabase(record, checks, (connection) => checkRecord(connection, checks));
    const messages = { path: join(options.dataDir, "notifications.db"), migrations: messageMigrations };
    yield* checkDatabase(messages, checks, (connection) => checkNotifications(connection, checks));
    yield* checkEventFiles(checks);
    checks.finish();
  } finally {
    aside.close();
  }
}

async function* checkDirectoryFile(checks: Checks): AsyncGenerator<Finding, DirectoryFacts> {
  let facts: DirectoryFacts = { buckets: undefined, active: new Set(), keyFile: undefined };
  const file = { path: join(checks.dataDir, "directory.db"), migrations: directoryMigrations };
  yield* checkDatabase(file, checks, async function* (connection) {
    yield* checkParts(connection, checks);
    const keyFile = yield* checkKeyFile(connection, checks);
    facts = { ...bucketsOf(connection), keyFile };
    if (keyFile !== undefined) yield* checkSecrets(connection, checks, keyFile);
    yield* checkDirectory(connection, checks);
  });
  return facts;
}

/** INVARIANT: stores that do not belong together are not repaired by one another: what one of them lacks may be in the right copy. */
async function* checkParts(connection: Connection, checks: Checks): AsyncGenerator<Finding> {
  try {
    refuseMixedParts(checks.dataDir, await readParts(checks.dataDir, asyncWriter(connection)));
  } catch (error) {
    if (!(error instanceof StoreError) || checks.repairs) throw error;
    yield checks.found("parts-mixed", { detail: error.message });
  }
}

/** By place, because that is what the index knows a bucket by. A bucket that moves is at two places. */
function bucketsOf(connection: Connection): Pick<DirectoryFacts, "active" | "buckets"> {
  const sql = `SELECT name, state, place FROM buckets UNION ALL SELECT b.name, 'moving', p.place FROM buckets b JOIN
    (SELECT bucket_id, from_place AS place FROM bucket_moves UNION ALL SELECT bucket_id, to_place FROM bucket_moves) p ON p.bucket_id = b.id`;
  const rows = connection
    .all(sql, [], ([name, state, place]) => ({ name: utf8(name), state: text(state), place: text(place) }))
    .filter(({ place }) => upstreamPlace(place) === undefined);
  return {
    buckets: new Map(rows.map(({ name, place }) => [place, name])),
    active: new Set(rows.filter(({ state }) => state === "active").map(({ place }) => place)),
  };
}
