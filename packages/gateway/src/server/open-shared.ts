import { forgetConsoleSessions } from "../console/sessions.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { createKmsKeys } from "../domain/keyring/kms-keys.ts";
import type { PostgresAddress } from "../stores/postgres/connections.ts";
import { openPostgres } from "../stores/postgres/database.ts";
import { Turns } from "../stores/postgres/turns.ts";
import { bucketRegistry } from "../stores/sql/buckets/bucket-registry.ts";
import { identityStore } from "../stores/sql/identity/identity-store.ts";
import { accountById } from "../stores/sql/identity/principal-rows.ts";
import { recordMigrations } from "../stores/sql/record/record-migrations.ts";
import { recordProcedures } from "../stores/sql/record/record-procedures.ts";
import { openKeyring } from "../stores/sql/sessions/keyring.ts";
import { createSessions } from "../stores/sql/sessions/sessions.ts";
import { lockFolder } from "../stores/sqlite/folder-lock.ts";
import { settleAccountFolders } from "./account-maker.ts";
import type { DatabaseConfig } from "./config.ts";
import { createCredentialReports } from "./credential-reports.ts";
import { databaseAddress, databaseName } from "./database-files.ts";
import { firstStart, type Started } from "./first-start.ts";
import type { Watched } from "./monitoring.ts";
import type { FolderParts } from "./open-folder.ts";
import { openGuard } from "./open-guard.ts";
import { recordOver } from "./open-record.ts";
import { accessTo, openNotifications } from "./open-notifications.ts";
import type { Opened } from "./opened.ts";
import { refuseMissingUpstreams } from "./refuse-missing-upstreams.ts";
import type { FolderAccess } from "./serve-requests.ts";
import { CutOff } from "./settle-cut-off.ts";
import { openSharedKeyFile } from "./shared-key-file.ts";
import { markShared, ofDatabase, openSharedDirectory, refuseOtherDirectory } from "./shared-folder.ts";
import { startDeliveries } from "./start-deliveries.ts";
import { startJobs } from "./start-jobs.ts";
import { startScans } from "./start-scans.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const shortMs = 10_000;

/**
 * A directory and a record that many gateways share, and a data folder that this process alone holds. Rejects with the reason when either
 * cannot be used.
 */
export async function openShared(
  parts: FolderParts,
  database: DatabaseConfig,
  opened: Opened,
): Promise<FolderAccess & Watched & { readonly account: Started }> {
  const { dataDir } = parts.config;
  const address = databaseAddress(database);
  const lock = await lockFolder(dataDir, { shared: false });
  opened.add(() => lock.release());
  refuseOtherDirectory(dataDir);
  const turns = new Turns(address, "directory");
  const name = databaseName(database);
  const held = await turns
    .start(() => openStores(parts, database, address, opened))
    .catch((error: unknown) => {
      throw ofDatabase(name, error);
    });
  markShared(dataDir, name);
  return serveShared(parts, held, turns, opened);
}

type Stores = Awaited<ReturnType<typeof openStores>>;

/** While no other gateway starts: the first one makes the tables, the keyring and the account. */
async function openStores(
  { config, clock, ids, log, upstreams, targets, forgotten = () => {} }: FolderParts,
  database: DatabaseConfig,
  address: PostgresAddress,
  opened: Opened,
) {
  const { dataDir } = config;
  const directory = await openSharedDirectory(address, { length: database.lease, clock });
  opened.add(() => directory.close());
  const events = await openPostgres({
    address,
    schema: "record",
    migrations: recordMigrations,
    procedures: recordProcedures,
  });
  const guard = await openGuard(config, clock, log).catch(async (error: unknown) => {
    await events.close();
    throw error;
  });
  const record = await recordOver(events, { config, guard, clock, forgotten });
  opened.add(() => record.close());
  const outbox = await openNotifications({ config, targets, clock, log }, guard, opened);
  const name = databaseName(database);
  const registry = bucketRegistry(directory);
  refuseMissingUpstreams(await registry.upstreams(), upstreams, config, `the database ${name}`);
  const keyFile = await openSharedKeyFile(dataDir, name, directory.reader);
  const secrets = createAccessSecrets(keyFile);
  const keyring = await openKeyring(directory, keyFile, clock.now());
  await settleAccountFolders(dataDir, async (id) => (await accountById(directory.reader, id)) !== undefined);
  const account = await firstStart({ database: directory, secrets, dataDir, accountId: config.accountId, ids, clock });
  const waitingWrites = () => ({
    directory: directory.waiting(),
    record: events.waiting(),
    ...(outbox === undefined ? {} : { notifications: outbox.waitingWrites() }),
  });
  const { lease } = directory;
  const stores = { directory, record, guard, registry, keyFile, secrets, keyring };
  return { ...stores, ...accessTo(outbox), account, waitingWrites, lease };
}

/** Jobs that one gateway is enough for take turns; the others do no harm when several do them. */
async function serveShared(
  parts: FolderParts,
  { guard, registry, ...held }: Stores,
  turns: Turns,
  opened: Opened,
): Promise<FolderAccess & Watched & { readonly account: Started }> {
  const { config, localKeys, clock, log, hashes } = parts;
  const { directory, keyring, record, secrets, account } = held;
  const sessions = createSessions({ database: directory, keyring, clock });
  const identity = identityStore(directory, secrets, hashes);
  const cutOff = new CutOff(clock);
  const turn = (work: () => Promise<void>): Promise<void> => turns.job(work);
  const jobs = startJobs(
    [
      { name: "disk reserve", every: shortMs, run: () => guard.keepReserve() },
      { name: "keyring", every: hourMs, run: () => turn(() => keyring.rotate(clock.now())) },
      { name: "console sessions", every: hourMs, run: () => forgetConsoleSessions(identity, clock) },
      { name: "sessions", every: minuteMs, run: () => sessions.forgetExpired() },
      { name: "record", every: shortMs, run: () => record.tend() },
      { name: "work cut off", every: minuteMs, run: () => cutOff.settle(registry, directory, record, turn) },
    ],
    (name, error) => log.jobFailed(name, error),
  );
  opened.add(() => jobs.stop());
  const reports = createCredentialReports(identity, clock, (error) => log.jobFailed("credential report", error));
  opened.add(() => reports.close());
  const { analysis, scanner } = startScans(directory, clock, log, opened);
  const kmsKeys = createKmsKeys(localKeys, config.region, account.accountId);
  const { notifications } = held;
  const own = { directory, registry, identity, secrets, sessions, kmsKeys, objects: undefined, record, guard };
  const { accessLogs, metrics } = await startDeliveries(parts, { ...own, notifications }, opened);
  return { ...held, accessLogs, kmsKeys, objects: undefined, reports, analysis, scans: scanner, metrics };
}
