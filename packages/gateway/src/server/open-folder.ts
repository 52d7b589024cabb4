import { join } from "node:path";
import { forgetConsoleSessions } from "../console/sessions.ts";
import { checkDataFolder } from "../data-folder/check-data-folder.ts";
import { pairParts, readParts, recordSequence, refuseMixedParts } from "../data-folder/folder-parts.ts";
import { type LocalPlane, openLocalPlane } from "../data-planes/local/local-plane.ts";
import type { SpaceGuard } from "../data-planes/local/space-guard.ts";
import { repairBuckets } from "../domain/buckets/repair-buckets.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { createKmsKeys, type LocalKey } from "../domain/keyring/kms-keys.ts";
import type { PasswordHashes } from "../domain/identity/password-hashes.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { LifecycleBuckets } from "../ports/lifecycle.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { bucketRegistry, lifecycleBuckets } from "../stores/sql/buckets/bucket-registry.ts";
import { bucketMoves } from "../stores/sql/buckets/bucket-moves.ts";
import { type HeldDatabase, openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import type { DatabaseOptions } from "../stores/sqlite/database.ts";
import { FilePlace } from "../stores/sqlite/file-place.ts";
import { lockFolder } from "../stores/sqlite/folder-lock.ts";
import type { DirectoryDatabase, DirectoryProcedures } from "../stores/sql/identity/directory-database.ts";
import { accountById } from "../stores/sql/identity/principal-rows.ts";
import { identityStore } from "../stores/sql/identity/identity-store.ts";
import { openKeyring } from "../stores/sql/sessions/keyring.ts";
import { createSessions } from "../stores/sql/sessions/sessions.ts";
import { settleAccountFolders } from "./account-maker.ts";
import { BucketMover } from "./bucket-mover.ts";
import type { Config, NotificationTarget, UpstreamsSettings } from "./config.ts";
import { createCredentialReports } from "./credential-reports.ts";
import { firstStart, type Started } from "./first-start.ts";
import { directoryFile } from "./folder-databases.ts";
import { LifecycleRunner } from "./lifecycle-runner.ts";
import { openPlanes } from "./open-upstreams.ts";
import { accessTo, type HeldNotifications, openNotifications } from "./open-notifications.ts";
import { openRecord, type OpenRecord } from "./open-record.ts";
import { openGuard } from "./open-guard.ts";
import { openOwnKeyFile } from "./own-key-file.ts";
import type { Opened } from "./opened.ts";
import { refuseMissingUpstreams } from "./refuse-missing-upstreams.ts";
import type { FolderAccess } from "./serve-requests.ts";
import { startDeliveries } from "./start-deliveries.ts";
import { startJobs } from "./start-jobs.ts";
import { startScans } from "./start-scans.ts";
import type { Watched } from "./monitoring.ts";

/** A data folder that this process alone holds. */
export interface Folder extends FolderAccess, Watched {
  readonly account: Started;
  readonly directory: HeldDatabase<DirectoryProcedures>;
  readonly objects: LocalPlane;
  readonly record: OpenRecord;
  /** For the notifications of other processes; undefined: there are no targets. */
  readonly sendNotifications: HeldNotifications["send"] | undefined;
}

export interface FolderParts {
  readonly config: Config;
  readonly localKeys: readonly LocalKey[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: RequestLog;
  readonly hashes: PasswordHashes;
  readonly upstreams: UpstreamsSettings | undefined;
  /** Undefined: there are no targets. */
  readonly targets: readonly NotificationTarget[] | undefined;
  /** Hears of policy documents that the record keeps no longer. */
  readonly forgotten?: (hashes: readonly string[]) => void;
}

const sweepEveryMs = 60_000;
const reserveEveryMs = 10_000;
const hourMs = 60 * 60 * 1000;
const recordEveryMs = 10_000;
const moveEveryMs = 1000;
/** Whether there is something to do: most runs look at nothing but the day. */
const lifecycleEveryMs = 1000;

/** What the process makes that holds the folder: its writer threads and its jobs. Rejects with the reason when the folder is in use or damaged. */
export async function openFolder(parts: FolderParts, opened: Opened): Promise<Folder> {
  const { config, localKeys, clock, ids, log, hashes, upstreams, forgotten = () => {} } = parts;
  const { dataDir } = config;
  const lock = await lockFolder(dataDir, { shared: config.workers > 1 });
  opened.add(() => lock.release());
  const guard = await openGuard(config, clock, log);
  checkDataFolder(dataDir);
  const directory = await openDirectory(dataDir, guard, opened);
  const place = new FilePlace(directoryFile(dataDir).path);
  const folder = await readParts(dataDir, directory.reader);
  refuseMixedParts(dataDir, folder);
  const keyFile = await openOwnKeyFile(dataDir, directory);
  const secrets = createAccessSecrets(keyFile);
  const keyring = await openKeyring(directory, keyFile, clock.now());
  await settleAccountFolders(dataDir, async (id) => (await accountById(directory.reader, id)) !== undefined);
  const account = await firstStart({ database: directory, secrets, dataDir, accountId: config.accountId, ids, clock });

  const kmsKeys = createKmsKeys(localKeys, config.region, account.accountId);
  const keys = { keyFile, kmsSecret: (arn: string) => kmsKeys.secret(arn) };
  const objects = await openLocalPlane({ dataDir, clock, ids, guard, keys });
  opened.add(() => objects.close());
  if (objects.unopenedKeys > 0)
    log.warning(
      `${objects.unopenedKeys} keys of encrypted objects do not open with ${join(dataDir, "keyfile")}: reading such objects fails; stop, and put the key file of before back from a copy`,
    );
  await pairParts({ dataDir, directory, objects }, folder);
  const keepSequence = (): void => {
    // Another copy that was put in the place of this folder has a sequence of its own.
    if (place.fault() === undefined) recordSequence(dataDir, objects.sequence());
  };
  opened.add(keepSequence);
  const registry = bucketRegistry(directory);
  refuseMissingUpstreams(await registry.upstreams(), upstreams, config, dataDir);
  await repairBuckets(registry, objects);
  const owners = await registry.localOwners();
  await objects.knowOwners(owners.map(({ place, owner }) => ({ bucketId: place, account: owner })));
  const record = await openRecord({ config, guard, clock, forgotten });
  opened.add(() => record.close());
  await record.takeOver(directory);
  const outbox = await openNotifications(parts, guard, opened);
  const sessions = createSessions({ database: directory, keyring, clock });
  const identity = identityStore(directory, secrets, hashes);
  const jobs = startJobs(
    [
      { name: "sweep", every: sweepEveryMs, run: () => sweepObjects(objects, keepSequence, log) },
      { name: "disk reserve", every: reserveEveryMs, run: () => guard.keepReserve() },
      { name: "keyring", every: hourMs, run: () => keyring.rotate(clock.now()) },
      { name: "keys of objects", every: hourMs, run: () => objects.rotateOldKeys(clock.now()) },
      { name: "console sessions", every: hourMs, run: () => forgetConsoleSessions(identity, clock) },
      { name: "sessions", every: sweepEveryMs, run: () => sessions.forgetExpired() },
      { name: "record", every: recordEveryMs, run: () => record.tend() },
    ],
    (name, error) => log.jobFailed(name, error),
  );
  opened.add(() => jobs.stop());
  startMoves(parts, directory, objects, opened);
  const done = { record, notifications: outbox?.notifications };
  startLifecycles(parts, lifecycleBuckets(directory, registry), objects, done, opened);
  const held = { directory, registry, identity, secrets, sessions, kmsKeys, objects, guard, ...done };
  const deliveries = await startDeliveries(parts, held, opened);
  const reports = createCredentialReports(identity, clock, (error) => log.jobFailed("credential report", error));
  opened.add(() => reports.close());
  const { analysis, scanner } = startScans(directory, clock, log, opened);
  const waitingWrites = () => ({
    directory: directory.waiting(),
    objects: objects.waitingWrites(),
    record: record.waitingWrites(),
    ...(outbox === undefined ? {} : { notifications: outbox.waitingWrites() }),
  });
  const { accessLogs, metrics } = deliveries;
  const access = { directory, keyFile, secrets, keyring, kmsKeys, objects, record, reports, analysis, scans: scanner };
  const notifying = { ...accessTo(outbox), sendNotifications: outbox?.send };
  const placeFault = (): string | undefined => place.fault();
  return { ...access, ...notifying, accessLogs, account, waitingWrites, metrics, placeFault };
}

/** Between the places of buckets, in the one process that holds the folder. */
function startMoves(parts: FolderParts, directory: DirectoryDatabase, local: LocalPlane, opened: Opened): void {
  const mover = new BucketMover({
    moves: bucketMoves(directory),
    plane: openPlanes(parts, local, opened),
    clock: parts.clock,
  });
  const jobs = startJobs([{ name: "moves of buckets", every: moveEveryMs, run: () => mover.run() }], (name, error) =>
    parts.log.jobFailed(name, error),
  );
  opened.add(async () => {
    mover.stop();
    await jobs.stop();
  });
}

/** What the lifecycles of buckets say, in the one process that holds the folder. */
function startLifecycles(
  { config, clock, log }: FolderParts,
  buckets: LifecycleBuckets,
  plane: LocalPlane,
  { record: { appendData }, notifications }: Pick<Folder, "record" | "notifications">,
  opened: Opened,
): void {
  const { region } = config;
  const runner = new LifecycleRunner({ buckets, plane, clock, region, appendData, notifications });
  const jobs = startJobs([{ name: "lifecycles", every: lifecycleEveryMs, run: () => runner.run() }], (name, error) =>
    log.jobFailed(name, error),
  );
  opened.add(async () => {
    runner.stop();
    await jobs.stop();
  });
}

async function openDirectory(
  dataDir: string,
  guard: SpaceGuard,
  opened: Opened,
): Promise<HeldDatabase<DirectoryProcedures>> {
  const options: DatabaseOptions<DirectoryProcedures> = {
    ...directoryFile(dataDir),
    soleWriter: true,
    makeRoom: async () => {
      await guard.releaseReserve();
      return true;
    },
  };
  const directory = await openAsyncDatabase(options, { checked: true });
  opened.add(() => directory.close());
  return directory;
}

/** Files that the index does not know are reported, because somebody may miss them. */
async function sweepObjects(objects: LocalPlane, keepSequence: () => void, log: RequestLog): Promise<void> {
  keepSequence();
  const { setAside } = await objects.sweep();
  if (setAside > 0) log.filesSetAside(setAside, objects.setAsideFolder);
}
