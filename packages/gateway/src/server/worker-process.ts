/** A worker: the program that `serve --workers` starts several times. It answers requests on the data folder that the primary holds. */
import { loadChecksums } from "@s3-credentials/protocol";
import cluster from "node:cluster";
import { join } from "node:path";
import { isReserveFilled } from "../data-planes/local/disk-reserve.ts";
import { joinLocalPlane } from "../data-planes/local/local-plane.ts";
import type { Claim } from "../data-planes/local/read-leases.ts";
import { fileSystemSpace, SpaceGuard } from "../data-planes/local/space-guard.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { createKmsKeys } from "../domain/keyring/kms-keys.ts";
import { PasswordHashes } from "../domain/identity/password-hashes.ts";
import type { NewMessage } from "../notifications/event-message.ts";
import { createNotifier } from "../notifications/notifier.ts";
import { parseAddressRanges } from "../http/cidr.ts";
import { asyncDatabase } from "../stores/sqlite/asynchronous.ts";
import { joinDatabase } from "../stores/sqlite/database.ts";
import type { DirectoryProcedures } from "../stores/sql/identity/directory-database.ts";
import { joinFolderLock } from "../stores/sqlite/folder-lock.ts";
import { gathered } from "../stores/sql/record/gathered.ts";
import { openKeyring } from "../stores/sql/sessions/keyring.ts";
import { ProcessMetrics } from "../telemetry/process-metrics.ts";
import { Calls } from "./calls.ts";
import type { Config } from "./config.ts";
import { type JoinedRecord, joinRecord } from "./open-record.ts";
import { openTracing } from "./open-tracing.ts";
import { Opened } from "./opened.ts";
import { randomIds } from "./random-ids.ts";
import { createRequestLog } from "./request-log.ts";
import { endConnections, type Listeners, listeningOf, openListeners, setCertificate } from "./listeners.ts";
import { type FolderAccess, serveRequests } from "./serve-requests.ts";
import { systemClock } from "./system-clock.ts";
import type { Invitation, PrimaryApi, SentConfig, WorkerApi } from "./worker-api.ts";

type Primary = Calls<PrimaryApi, WorkerApi>;

interface JoinedFolder extends FolderAccess {
  readonly record: JoinedRecord;
  /** Versions that nobody in this process reads. */
  claim(versions: readonly number[]): Claim;
}

/** How long lines of the log wait for others, because each batch is a piece of work for the primary. */
const logMs = 10;

const clock = systemClock;
const ids = randomIds;

function workerApi(primary: () => Primary): WorkerApi {
  const opened = new Opened();
  let begun: { readonly config: Config; readonly listeners: Listeners } | undefined;
  let folder: JoinedFolder | undefined;
  let claim: Claim | undefined;
  let metrics: ProcessMetrics | undefined;
  return {
    async listen(sent, tls) {
      const config = configOf(sent);
      const listeners = await openListeners(config, tls, opened);
      begun = { config, listeners };
      return listeningOf(listeners);
    },
    async serve(invitation) {
      if (begun === undefined) throw new Error("it does not listen yet");
      await loadChecksums();
      const { config, listeners } = begun;
      if (config.metrics !== undefined) metrics = await ProcessMetrics.start();
      folder = await joinFolder(config, invitation, primary(), opened);
      const { upstreams } = invitation;
      const log = createRequestLog(config.logLevel, undefined, logMs);
      const parts = {
        config,
        clock,
        ids,
        log,
        hashes: new PasswordHashes(),
        upstreams,
        metrics,
        tracing: await openTracing(config, upstreams, log, opened),
      };
      serveRequests(parts, folder, listeners, opened);
    },
    async setTls(address, pair) {
      if (begun !== undefined) setCertificate(begun.listeners, address, pair);
    },
    async claim(versions) {
      claim?.done();
      claim = folder?.claim(versions);
      return claim?.free ?? [];
    },
    async release() {
      claim?.done();
      claim = undefined;
    },
    forgotten: async (hashes) => folder?.record.store.forgotten(hashes),
    metrics: async () => (await metrics?.now()) ?? [],
    async endConnections() {
      if (begun !== undefined) endConnections(begun.listeners);
    },
    stop: () => opened.close(),
  };
}

function configOf({ trustedProxies, ...config }: SentConfig): Config {
  const ranges = parseAddressRanges(trustedProxies);
  if ("invalid" in ranges) throw new Error(`not an address range: ${ranges.invalid}`);
  return { ...config, trustedProxies: ranges };
}

/** Reads the folder itself, and sends each change to the primary. */
async function joinFolder(
  { dataDir, region, workers, minFreeSpace }: Config,
  { writerId, accountId, keyFile, localKeys, targets }: Invitation,
  primary: Primary,
  opened: Opened,
): Promise<JoinedFolder> {
  const lock = joinFolderLock(dataDir);
  opened.add(() => lock.release());
  const directory = asyncDatabase(
    joinDatabase<DirectoryProcedures>(join(dataDir, "directory.db"), (write) =>
      primary.call("write", "directory", write),
    ),
  );
  opened.add(() => directory.close());
  const kmsKeys = createKmsKeys(localKeys, region, accountId);
  const space = fileSystemSpace(dataDir);
  const objects = await joinLocalPlane({
    dataDir,
    clock,
    ids,
    writerId,
    // The primary reports what happens to the disk.
    guard: new SpaceGuard({
      space,
      floor: minFreeSpace,
      reserve: () => isReserveFilled(dataDir),
      workers,
      clock,
      report: () => {},
    }),
    keys: { keyFile, kmsSecret: (arn) => kmsKeys.secret(arn) },
    send: (write) => primary.call("write", "objects", write),
  });
  opened.add(() => objects.close());
  const record = joinRecord(dataDir, {
    journal: {
      add: gathered((events, now) => primary.call("addReads", events, now)),
      flush: () => primary.call("flushReads"),
    },
    appendData: (account, lines) => primary.call("appendData", account, lines),
    write: (write) => primary.call("write", "record", write),
  });
  opened.add(() => record.close());
  // The primary counts what it drops; without a primary this process ends.
  const send = (messages: readonly NewMessage[]): Promise<void> => primary.call("notify", messages).catch(() => {});
  return {
    directory,
    keyFile,
    secrets: createAccessSecrets(keyFile),
    keyring: await openKeyring(directory, keyFile, clock.now()),
    kmsKeys,
    objects,
    record,
    accessLogs: { append: (place, lines) => primary.call("appendAccessLog", place, lines) },
    claim: (versions) => objects.leases.claim(versions),
    analysis: { ask: (asker, question) => primary.call("analyze", asker, question) as Promise<never> },
    scans: { settled: (account) => primary.call("settledScans", account) },
    notifications: targets && createNotifier({ targets, region, clock, send }),
    reports: {
      generate: (grant, account) => primary.call("generateReport", grant, account),
      find: (account) => primary.call("findReport", account),
    },
  };
}

function main(): void {
  // A message to a primary that has gone fails here, and Node ends this process then. Without a listener the error would be printed.
  cluster.worker?.on("error", () => {});
  // A terminal sends these to every process; the primary ends its workers itself, when their requests have ended.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const primary: Primary = new Calls<PrimaryApi, WorkerApi>(
    (messages) => process.send?.(messages),
    workerApi(() => primary),
  );
  // Without a primary Node ends a worker at once.
  process.on("message", (messages: readonly unknown[]) => primary.receive(messages));
  process.send?.([]); // what came before now would be lost
}

main();
