import { openAssets } from "../console/assets.ts";
import { createConsole } from "../console/console.ts";
import { signInStyle } from "../console/html-page.ts";
import type { RequestPlane } from "../data-planes/local/local-plane.ts";
import { createPolicyPrograms } from "../authz/policy-programs.ts";
import type { AccessSecrets } from "../domain/keyring/access-secrets.ts";
import { createSealedTexts } from "../domain/keyring/sealed-texts.ts";
import type { LocalKmsKeys } from "../domain/keyring/kms-keys.ts";
import type { PasswordHashes } from "../domain/identity/password-hashes.ts";
import { createListener } from "../http/listener.ts";
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
import { createGate } from "../pipeline/gate.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import type { AccessLogQueue } from "../ports/access-log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Tracing } from "../ports/tracing.ts";
import { analyzerStore } from "../stores/sql/analyzers/analyzer-store.ts";
import { createBucketCache, bucketRegistry } from "../stores/sql/buckets/bucket-registry.ts";
import { inventoryStore } from "../stores/sql/buckets/inventories.ts";
import { movingPlaces, bucketMoves } from "../stores/sql/buckets/bucket-moves.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { identityStore } from "../stores/sql/identity/identity-store.ts";
import { oidcProviderStore } from "../stores/sql/identity/oidc-provider-store.ts";
import { principalDirectory } from "../stores/sql/identity/principal-directory.ts";
import { organizationStore } from "../stores/sql/organization/organization-store.ts";
import type { Keyring } from "../stores/sql/sessions/keyring.ts";
import { createSessions } from "../stores/sql/sessions/sessions.ts";
import { sharedCounters } from "../stores/sql/shared-counters.ts";
import type { ProcessMetrics } from "../telemetry/process-metrics.ts";
import { UpstreamMetrics } from "../telemetry/upstream-metrics.ts";
import { createWebsite } from "../website/website.ts";
import { createAccessLog } from "./create-access-log.ts";
import { createAccountMaker } from "./account-maker.ts";
import type { Config, UpstreamsSettings } from "./config.ts";
import type { Listeners } from "./listeners.ts";
import { openFederation } from "./open-federation.ts";
import { type Engines, openUpstreams } from "./open-upstreams.ts";
import { createRecorder, type RecordAccess } from "./open-record.ts";
import { tracedLog } from "./open-tracing.ts";
import { accessLogMetric, gateMetrics, listenerMetrics } from "./serving-metrics.ts";
import type { Opened } from "./opened.ts";
import { startJobs } from "./start-jobs.ts";
import { createUsageNotes } from "./usage-notes.ts";
import { version } from "./version.ts";

/** What answering requests needs of a data folder. The process that holds it has it at hand; any other has what asks that one. */
export interface FolderAccess extends Pick<Ports, "analysis" | "scans" | "reports" | "notifications"> {
  readonly directory: DirectoryDatabase;
  readonly keyFile: Buffer;
  readonly secrets: AccessSecrets;
  readonly keyring: Keyring;
  readonly kmsKeys: LocalKmsKeys;
  /** Undefined: all objects are on engines. */
  readonly objects: RequestPlane | undefined;
  readonly record: RecordAccess;
  readonly accessLogs: AccessLogQueue;
}

export interface ServingParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: RequestLog;
  readonly hashes: PasswordHashes;
  readonly upstreams: UpstreamsSettings | undefined;
  /** Undefined: nobody looks at them. */
  readonly metrics?: ProcessMetrics | undefined;
  /** Undefined: nobody collects traces. */
  readonly tracing: Tracing | undefined;
}

/** What the build of the web page made. */
const consoleFolder = new URL("../../bundle/console/", import.meta.url);

const lastUsedEveryMs = 60_000;

/** What each process makes that answers requests; it answers from now on. */
export function serveRequests(parts: ServingParts, folder: FolderAccess, listeners: Listeners, opened: Opened): void {
  const { config, clock, ids, hashes, metrics } = parts;
  const { tracing } = parts;
  const traced = tracing === undefined ? parts.log : tracedLog(parts.log, tracing);
  const log = metrics?.requests.counted(traced) ?? traced;
  const { directory, record } = folder;
  const { server, web, sites } = listeners;
  const usage = createUsageNotes(identityStore(directory, folder.secrets, hashes));
  const failed = (name: string, error: unknown): void => log.jobFailed(name, error);
  const jobs = startJobs([{ name: "last used", every: lastUsedEveryMs, run: () => usage.flush() }], failed);
  opened.add(() => usage.flush().catch((error: unknown) => failed("last used", error)));
  opened.add(() => jobs.stop());
  const time = createTimeBudget();
  const always = new AbortController().signal;
  const programs = createPolicyPrograms(undefined, (whose) => time.of(`policies of ${whose}`, always).turn());
  const engines = openUpstreams(parts, folder.objects, movingPlaces(folder.directory), opened);
  const { webIdentity, signIn } = openFederation(config.oidc, config.console?.oidc, clock);
  const portsOver = createPorts(parts, folder, { engines, programs, webIdentity, websiteUrl: sites?.urlOf });
  const { recorder, buffer, flush } = createRecorder({ config, record, directory, portsOver, clock, log });
  opened.add(flush);
  const ports = portsOver(directory);
  const accessLog = createAccessLog(folder, ports, log, config.workers);
  opened.add(() => accessLog.flush());
  const gate = createGate({
    ports,
    programs,
    time,
    tables,
    record: recorder,
    strictRegion: config.strictRegion,
    usage,
    tracing,
    maxRequestsPerCaller: Math.ceil(config.maxRequestsPerCaller / config.workers),
    maxRatePerCaller: config.maxRatePerCaller && config.maxRatePerCaller / config.workers,
    workers: config.workers,
    log,
  });
  server.serve(createListener({ gate, config, clock, ids, log, accessLog, tracing }));
  if (sites !== undefined && config.website !== undefined) {
    const settings = { ...config.website, trustedProxies: config.trustedProxies };
    sites.server.serve(createWebsite({ gate, ports, config, sites: settings, clock, ids, log, accessLog, tracing }));
    opened.add(() => sites.server.close());
  }
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
        accessLog,
        tracing,
        assets,
        ports,
        record: recorder,
        oidc: signIn,
        signIns: createSealedTexts(folder.keyring, "console sign-in"),
        version: version(),
      }),
    );
    opened.add(() => web.server.close());
  }
  metrics?.add(() => [...listenerMetrics(listeners), ...gateMetrics(gate, buffer), accessLogMetric(accessLog)]);
  if (metrics !== undefined && parts.upstreams !== undefined) {
    const upstream = new UpstreamMetrics(parts.upstreams.upstreams);
    opened.add(() => upstream.stop());
    metrics.add(() => upstream.metrics());
  }
  opened.add(() => server.close()); // once more: requests end before what they use is closed
}

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

/** INVARIANT: what changes the directory is made from the `database` that is given, which may record each change. */
function createPorts(
  { config, clock, ids, hashes }: ServingParts,
  { directory, secrets, keyring, kmsKeys, objects, record, analysis, scans, reports, notifications }: FolderAccess,
  {
    engines,
    programs,
    webIdentity,
    websiteUrl,
  }: {
    readonly engines: Engines;
    readonly programs: ReturnType<typeof createPolicyPrograms>;
    readonly webIdentity: Ports["webIdentity"];
    readonly websiteUrl: Ports["websiteUrl"];
  },
): (database: DirectoryDatabase) => Ports {
  const buckets = createBucketCache(directory);
  const sessions = createSessions({ database: directory, keyring, clock });
  const principals = principalDirectory({ database: directory, secrets, sessions, program: programs.namedInTurn });
  const counters = sharedCounters(directory, clock);
  const accountMaker = createAccountMaker(config.dataDir, secrets, ids);
  const messages = createSealedTexts(keyring, "authorization message");
  const allDataSince = clock.now();
  return (database) => ({
    clock,
    ids,
    region: config.region,
    buckets: bucketRegistry(database, buckets),
    objects: engines.objects,
    inventories: inventoryStore(database),
    homes: engines.homes,
    moves: bucketMoves(database),
    quotas: objects,
    maxRatePerCaller: config.maxRatePerCaller,
    identity: identityStore(database, secrets, hashes, config.quotas),
    oidcProviders: oidcProviderStore(database),
    webIdentity,
    organization: organizationStore(database, accountMaker),
    principals,
    sessions: createSessions({ database, keyring, clock }),
    messages,
    analysis,
    analyzers: analyzerStore(database),
    scans,
    keyring: {
      keys: () => keyring.keys(),
      rotateNow: async (now) => {
        const outcome = await keyring.rotateNow(now, database);
        if (outcome === "done") await objects?.rotateKeys(now);
        return outcome;
      },
    },
    kmsKeys,
    websiteUrl,
    encryptsByDefault: config.encrypts,
    counters,
    events: record.store,
    dataEvents: record.segments,
    ...(config.dataEvents ? { allDataSince } : {}),
    reports,
    notifications,
  });
}
