import { loadChecksums } from "@s3-credentials/protocol";
import { isIPv6 } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createGate } from "../pipeline/gate.ts";
import { repairBuckets } from "../domain/buckets/repair-buckets.ts";
import { sqliteBucketRegistry } from "../stores/sqlite/buckets/sqlite-bucket-registry.ts";
import { isEveryAddress } from "../http/cidr.ts";
import type { Config } from "./config.ts";
import { connectionLimits, descriptorLimit } from "./connection-limits.ts";
import { randomIds } from "./random-ids.ts";
import { systemClock } from "./system-clock.ts";
import { pairParts, readParts, recordSequence, refuseMixedParts } from "../data-folder/folder-parts.ts";
import { DiskReserve } from "../data-planes/local/disk-reserve.ts";
import { type LocalPlane, openLocalPlane } from "../data-planes/local/local-plane.ts";
import { fileSystemSpace, SpaceGuard } from "../data-planes/local/space-guard.ts";
import { openAssets } from "../console/assets.ts";
import { signInStyle } from "../console/sign-in-page.ts";
import { createConsole } from "../console/console.ts";
import { AnalysisQueue } from "../analysis/policy-analysis.ts";
import { Scanner } from "../analysis/scanner.ts";
import { sqliteAnalyzerStore, sqliteScanStore } from "../stores/sqlite/analyzers/sqlite-analyzer-store.ts";
import { createAccountMaker, settleAccountFolders } from "./account-maker.ts";
import { forgetConsoleSessions } from "../console/sessions.ts";
import { createListener } from "../http/listener.ts";
import { openConsole, schemeOf, shareConnections } from "./open-console.ts";
import { type HttpServer, openServer } from "../http/server.ts";
import { createAuthorizationMessages } from "../domain/keyring/authorization-messages.ts";
import { createKmsKeys } from "../domain/keyring/kms-keys.ts";
import { readKmsKeys } from "./kms-key-files.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { directoryMigrations } from "../stores/sqlite/identity/directory-migrations.ts";
import { PasswordHashes } from "../domain/identity/password-hashes.ts";
import { firstStart } from "./first-start.ts";
import { checkDataFolder } from "../data-folder/check-data-folder.ts";
import { sqliteIdentityStore } from "../stores/sqlite/identity/sqlite-identity-store.ts";
import { sqlitePrincipalDirectory } from "../stores/sqlite/identity/sqlite-principal-directory.ts";
import { sqliteOrganizationStore } from "../stores/sqlite/organization/sqlite-organization-store.ts";
import { sqliteCounters } from "../stores/sqlite/shared-counters.ts";
import { openRecord } from "./open-record.ts";
import { createCredentialReports } from "./credential-reports.ts";
import { createUsageNotes } from "./usage-notes.ts";
import { startJobs } from "./start-jobs.ts";
import { TlsFiles } from "./tls-files.ts";
import { createRequestLog } from "./request-log.ts";
import type { RequestLog } from "../ports/request-log.ts";
import {
  accessAnalyzerTable,
  accountTable,
  cloudtrailTable,
  iamTable,
  organizationsTable,
  ownTable,
  s3Table,
  stsTable,
} from "../operations/table.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Ports } from "../ports/ports.ts";
import { StoreError } from "../ports/store-error.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import { createPolicyPrograms } from "../authz/policy-programs.ts";
import { openKeyFile } from "../stores/files/key-file.ts";
import { keyringOpens, openKeyring } from "../stores/sqlite/sessions/keyring.ts";
import { createSessions } from "../stores/sqlite/sessions/sessions.ts";
import { checkTexts } from "../stores/sqlite/check-texts.ts";
import { openDatabase } from "../stores/sqlite/database.ts";
import type { DirectoryDatabase, DirectoryProcedures } from "../stores/sqlite/identity/directory-database.ts";
import { accountById } from "../stores/sqlite/identity/principal-rows.ts";
import { lockFolder } from "../stores/sqlite/folder-lock.ts";

/** A running gateway. */
export interface Gateway {
  readonly endpoint: string;
  readonly port: number;
  /** The console's origin; undefined when there is none. */
  readonly console: string | undefined;
  readonly consolePort: number | undefined;
  readonly accountId: string;
  readonly rootCredentialsFile: string;
  readonly adminCredentialsFile: string;
  /** Lets requests under way finish, writes what was accepted, and lets go of the data folder. */
  close(): Promise<void>;
}

/** For tests. */
export interface Overrides {
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: RequestLog;
  readonly hashes?: PasswordHashes;
}

/** What the build of the web page made. */
const consoleFolder = new URL("../../bundle/console/", import.meta.url);

const sweepEveryMs = 60_000;
const lastUsedEveryMs = 60_000;
const reserveEveryMs = 10_000;
const hourMs = 60 * 60 * 1000;
const recordEveryMs = 10_000;
const scanEveryMs = 1000;
const certificatesEveryMs = 1000;

/** What has been opened, closed again in reverse; at a failed start too. */
class Opened {
  readonly #closers: (() => Promise<unknown> | void)[] = [];

  add(close: () => Promise<unknown> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      try {
        await closer();
      } catch (error) {
        failures.push(error); // the rest still has to let go
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Rejects with the reason when the folder is in use or damaged, or the address cannot be used; nothing stays open then. */
export async function startGateway(config: Config, overrides: Overrides = {}): Promise<Gateway> {
  const opened = new Opened();
  try {
    await loadChecksums();
    return await start(config, overrides, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(config: Config, overrides: Overrides, opened: Opened): Promise<Gateway> {
  const { dataDir } = config;
  const clock = overrides.clock ?? systemClock;
  const ids = overrides.ids ?? randomIds;
  const log = overrides.log ?? createRequestLog(config.logLevel);
  const hashes = overrides.hashes ?? new PasswordHashes();

  // The address comes first, so that no data folder is made when the address cannot be used.
  const limits = connectionLimits(config, descriptorLimit());
  const parts = config.console === undefined ? { s3: limits, console: limits } : shareConnections(limits);
  const tlsFiles = config.tls && new TlsFiles(config.tls);
  const server = await openServer({ ...config, limits: parts.s3, tls: tlsFiles?.pair });
  opened.add(() => server.close());
  const web = config.console && (await openConsole(config, config.console, server.port, parts.console));
  if (web !== undefined) opened.add(() => web.server.close());
  // Before the data folder is made too: a start with a wrong key file must leave nothing.
  const localKeys = readKmsKeys(config.kmsKeys);
  const lock = await lockFolder(dataDir);
  opened.add(() => lock.release());
  const guard = await openGuard(config, clock, log);
  checkDataFolder(dataDir);
  const directory = await openDirectory(dataDir, guard, opened);
  checkTexts(directory.reader, join(dataDir, "directory.db"));
  const folder = readParts(dataDir, directory.reader);
  refuseMixedParts(dataDir, folder);
  const keyFile = openOwnKeyFile(dataDir, directory);
  const secrets = createAccessSecrets(keyFile);
  const keyring = await openKeyring(directory, keyFile, clock.now());
  const sessions = createSessions({ database: directory, keyring, clock });
  settleAccountFolders(dataDir, (id) => accountById(directory.reader, id) !== undefined);
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
  opened.add(() => recordSequence(dataDir, objects.sequence()));
  const buckets = sqliteBucketRegistry(directory);
  await repairBuckets(buckets, objects);
  const record = await openRecord({ config, guard, clock, log });
  opened.add(() => record.close());
  await record.takeOver(directory);
  const identity = sqliteIdentityStore(directory, secrets, hashes);
  const usage = createUsageNotes(identity);
  const secured = [{ server, tlsFiles }, ...(web === undefined ? [] : [web])];
  const jobs = startJobs(
    [
      { name: "sweep", every: sweepEveryMs, run: () => sweepObjects(dataDir, objects, log) },
      { name: "disk reserve", every: reserveEveryMs, run: () => guard.keepReserve() },
      { name: "keyring", every: hourMs, run: () => keyring.rotate(clock.now()) },
      { name: "keys of objects", every: hourMs, run: () => objects.rotateOldKeys(clock.now()) },
      {
        name: "console sessions",
        every: hourMs,
        run: () => forgetConsoleSessions(sqliteIdentityStore(directory, secrets, hashes), clock),
      },
      { name: "sessions", every: sweepEveryMs, run: () => sessions.forgetExpired() },
      { name: "record", every: recordEveryMs, run: () => record.tend() },
      { name: "last used", every: lastUsedEveryMs, run: () => usage.flush() },
      { name: "certificates", every: certificatesEveryMs, run: () => takeNewCertificates(secured, log) },
    ],
    (name, error) => log.jobFailed(name, error),
  );
  opened.add(() => jobs.stop());
  opened.add(() => usage.flush());
  const reports = createCredentialReports(identity, clock, (error) => log.jobFailed("credential report", error));
  opened.add(() => reports.close());

  const programs = createPolicyPrograms();
  const principals = sqlitePrincipalDirectory({ database: directory, secrets, sessions, program: programs.named });
  const counters = sqliteCounters(directory, clock);
  const accountMaker = createAccountMaker(dataDir, secrets, ids);
  const messages = createAuthorizationMessages(keyring);
  const analysis = new AnalysisQueue();
  const scanner = new Scanner({
    store: sqliteScanStore(directory),
    analysis,
    unbind: (document) => principals.bindings.unbind(document),
    clock,
    failed: (error) => log.jobFailed("access scans", error),
  });
  const scans = startJobs(
    [{ name: "access scans", every: scanEveryMs, run: async () => scanner.start() }],
    (name, error) => log.jobFailed(name, error),
  );
  opened.add(async () => {
    await scans.stop();
    await Promise.all([scanner.close(), analysis.close()]);
  });
  /** INVARIANT: what changes the directory is made from the `database` that is given, which may record each change. */
  const portsOver = (database: DirectoryDatabase): Ports => ({
    clock,
    ids,
    region: config.region,
    buckets: sqliteBucketRegistry(database),
    objects,
    identity: sqliteIdentityStore(database, secrets, hashes, config.quotas),
    organization: sqliteOrganizationStore(database, accountMaker),
    principals,
    sessions: createSessions({ database, keyring, clock }),
    messages,
    analysis,
    analyzers: sqliteAnalyzerStore(database),
    scans: scanner,
    keyring: {
      keys: () => keyring.keys(),
      rotateNow: async (now) => {
        const outcome = await keyring.rotateNow(now, database);
        if (outcome === "done") await objects.rotateKeys(now);
        return outcome;
      },
    },
    kmsKeys,
    encryptsByDefault: config.encrypts,
    counters,
    events: record.store,
    dataEvents: record.segments,
    reports,
  });
  const tables = {
    s3: s3Table,
    iam: iamTable,
    sts: stsTable,
    organizations: organizationsTable,
    cloudtrail: cloudtrailTable,
    account: accountTable,
    "access-analyzer": accessAnalyzerTable,
    "s3-credentials": ownTable,
  };
  const ports = portsOver(directory);
  const recorder = record.recorder(directory, portsOver);
  const gate = createGate({
    ports,
    programs,
    time: createTimeBudget(),
    tables,
    record: recorder,
    strictRegion: config.strictRegion,
    usage,
    maxRequestsPerCaller: config.maxRequestsPerCaller,
    log,
  });
  server.serve(createListener({ gate, config, clock, ids, log }));
  if (web !== undefined) {
    const assets = openAssets(consoleFolder, [signInStyle]);
    if (!assets.hasPage)
      log.warning("the page of the console is not in this installation: sign-in works, the page does not");
    web.server.serve(
      createConsole({
        ...web,
        gate,
        config,
        trustedProxies: config.trustedProxies,
        clock,
        ids,
        log,
        assets,
        ports,
        record: recorder,
        version: version(),
      }),
    );
    opened.add(() => web.server.close());
  }
  opened.add(() => server.close()); // once more: requests end before what they use is closed
  return {
    endpoint: endpointOf(config, server.port),
    port: server.port,
    console: web?.origins.main,
    consolePort: web?.server.port,
    accountId: account.accountId,
    rootCredentialsFile: account.rootCredentialsFile,
    adminCredentialsFile: account.adminCredentialsFile,
    close: () => opened.close(),
  };
}

/** The version in this package's `package.json`. */
function version(): string {
  const manifest: unknown = createRequire(import.meta.url)("@s3-credentials/gateway/package.json");
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}

async function openGuard({ dataDir, minFreeSpace }: Config, clock: Clock, log: RequestLog): Promise<SpaceGuard> {
  const guard = new SpaceGuard({
    space: fileSystemSpace(dataDir),
    floor: minFreeSpace,
    reserve: await DiskReserve.open(dataDir),
    clock,
    report: (line) => log.warning(line),
  });
  await guard.start();
  return guard;
}

async function openDirectory(dataDir: string, guard: SpaceGuard, opened: Opened): Promise<DirectoryDatabase> {
  const directory = await openDatabase<DirectoryProcedures>({
    path: join(dataDir, "directory.db"),
    migrations: directoryMigrations,
    procedures: new URL("../../bundle/directory-procedures.js", import.meta.url),
    makeRoom: async () => {
      await guard.releaseReserve();
      return true;
    },
  });
  opened.add(() => directory.close());
  return directory;
}

async function takeNewCertificates(
  servers: readonly { readonly server: HttpServer; readonly tlsFiles: TlsFiles | undefined }[],
  log: RequestLog,
): Promise<void> {
  for (const { server, tlsFiles } of servers)
    await tlsFiles?.look(
      (pair) => server.setTls(pair),
      (line) => log.warning(line),
    );
}

/** Files that the index does not know are reported, because somebody may miss them. */
async function sweepObjects(dataDir: string, objects: LocalPlane, log: RequestLog): Promise<void> {
  recordSequence(dataDir, objects.sequence());
  const { setAside } = await objects.sweep();
  if (setAside > 0) log.filesSetAside(setAside, objects.setAsideFolder);
}

function openOwnKeyFile(dataDir: string, directory: DirectoryDatabase): Buffer {
  const path = join(dataDir, "keyfile");
  const keyFile = openKeyFile(path, isEmpty(directory));
  if (keyringOpens(directory.reader, keyFile)) return keyFile;
  throw new StoreError(
    "conflict",
    `the key file ${path} is not the one that ${join(dataDir, "directory.db")} was sealed with: put that one back from a copy, or see what is lost without it with: s3-credentials recover --data ${dataDir}`,
  );
}

/** Only an empty directory may get a new key file: with another, what the directory holds would never open again. */
function isEmpty({ reader }: DirectoryDatabase): boolean {
  return reader.get("SELECT 1 FROM keyring LIMIT 1", [], () => true) === undefined;
}

/** Where a client on this machine finds it. */
function endpointOf(config: Config, port: number): string {
  const { host } = config;
  const loopback = isIPv6(host) ? "::1" : "127.0.0.1";
  const address = isEveryAddress(host) ? loopback : host;
  const name = isIPv6(address) ? `[${address}]` : address;
  return `${schemeOf(config)}://${name}:${port}`;
}
