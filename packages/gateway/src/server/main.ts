import { loadChecksums } from "@s3-credentials/protocol";
import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PasswordHashes } from "../domain/identity/password-hashes.ts";
import { isEveryAddress } from "../http/cidr.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Config } from "./config.ts";
import { readKmsKeys } from "./kms-key-files.ts";
import { Monitoring } from "./monitoring.ts";
import { schemeOf } from "./open-console.ts";
import type { TlsPair } from "../http/server.ts";
import type { Started } from "./first-start.ts";
import { type FolderParts, openFolder } from "./open-folder.ts";
import { openShared } from "./open-shared.ts";
import { describeUpstreams, probeUpstreams } from "./open-upstreams.ts";
import { openTracing } from "./open-tracing.ts";
import { Opened } from "./opened.ts";
import { randomIds } from "./random-ids.ts";
import { createRequestLog } from "./request-log.ts";
import {
  endConnections,
  type Listening,
  listeningOf,
  openListeners,
  setCertificate,
  type TlsPairs,
} from "./listeners.ts";
import { serveRequests } from "./serve-requests.ts";
import { Workers } from "./workers.ts";
import { systemClock } from "./system-clock.ts";
import { version } from "./version.ts";
import { Certificates } from "./tls-files.ts";
import { checkUpstreamFiles } from "./upstream-files.ts";
import { readNotificationTargets } from "./notification-targets.ts";
import { readUpstreams } from "./parse-upstream-config.ts";

/** A running gateway. */
export interface Gateway {
  readonly endpoint: string;
  readonly port: number;
  /** The console's origin; undefined when there is none. */
  readonly console: string | undefined;
  readonly consolePort: number | undefined;
  /** Of websites; undefined when they are not served. */
  readonly websitePort: number | undefined;
  /** The address of the website of a bucket named `BUCKET`. */
  readonly websites: string | undefined;
  /** Of `/metrics`, `/healthz` and `/readyz`; undefined when there are none. */
  readonly metricsPort: number | undefined;
  readonly accountId: string;
  readonly rootCredentialsFile: string;
  readonly adminCredentialsFile: string;
  /** A line for each engine behind it that was reached: its name, and what it cannot do. */
  readonly upstreams: readonly string[];
  /**
   * Says to those who ask that no more requests should come, and goes on serving for the delay of the configuration. Each connection ends
   * after its next answer.
   */
  drain(): Promise<void>;
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
  const parts = {
    config,
    clock: overrides.clock ?? systemClock,
    ids: overrides.ids ?? randomIds,
    log: overrides.log ?? createRequestLog(config.logLevel),
    hashes: overrides.hashes ?? new PasswordHashes(),
  };
  const monitoring = await Monitoring.open(config, version(), opened);
  const certificates = new Certificates(config);
  // Before the data folder is made: a start with a wrong key file, or with an address that cannot be used, must leave nothing.
  const localKeys = readKmsKeys(config.kmsKeys);
  const given = readUpstreams(config.upstreams);
  checkUpstreamFiles(given);
  const targets = readNotificationTargets(config.notificationTargets);
  const upstreams = await probeUpstreams(given, parts.clock, (line) => parts.log.warning(line));
  const startIn = config.workers === 1 ? startAlone : startPrimary;
  const started = await startIn({ ...parts, localKeys, certificates, upstreams, targets, monitoring }, opened);
  const { account, listening, endConnections } = started;
  const { accountId, rootCredentialsFile, adminCredentialsFile } = account;
  return {
    endpoint: endpointOf(config, listening.port),
    ...listening,
    metricsPort: monitoring?.port,
    accountId,
    rootCredentialsFile,
    adminCredentialsFile,
    upstreams: describeUpstreams(upstreams),
    async drain() {
      monitoring?.drain();
      endConnections();
      // What listens keeps the process alive meanwhile.
      await sleep(config.drainDelay, undefined, { ref: false });
    },
    close: () => opened.close(),
  };
}

interface StartParts extends FolderParts {
  readonly certificates: Certificates;
  readonly monitoring: Monitoring | undefined;
}

interface StartedFolder {
  readonly account: Started;
  readonly listening: Listening;
  readonly endConnections: () => void;
}

/** This process holds the folder and answers requests. */
async function startAlone(parts: StartParts, opened: Opened): Promise<StartedFolder> {
  const { config, certificates, clock, log, monitoring } = parts;
  const listeners = await openListeners(config, certificates.pairs, opened);
  const folder = await (config.database === undefined
    ? openFolder(parts, opened)
    : openShared(parts, config.database, opened));
  const tracing = await openTracing(config, parts.upstreams, log, opened);
  serveRequests({ ...parts, metrics: monitoring?.metrics, tracing }, folder, listeners, opened);
  await monitoring?.begin(folder, parts);
  const setTls = (address: keyof TlsPairs) => (pair: TlsPair) => setCertificate(listeners, address, pair);
  certificates.watch({ s3: setTls("s3"), console: setTls("console") }, { clock, log, opened });
  return {
    account: folder.account,
    listening: listeningOf(listeners),
    endConnections: () => endConnections(listeners),
  };
}

/** This process holds the folder, and others answer requests. See docs/design/process-model.md. */
async function startPrimary(parts: StartParts, opened: Opened): Promise<StartedFolder> {
  const { config, certificates, localKeys, upstreams, targets, clock, log, monitoring } = parts;
  const workers = await Workers.start({ config, log, tls: () => certificates.pairs });
  opened.add(() => workers.stop());
  const folder = await openFolder({ ...parts, forgotten: (hashes) => workers.forgotten(hashes) }, opened);
  opened.add(() => workers.stop()); // once more: requests end before what they use is closed
  await workers.serve({ folder, localKeys, upstreams, targets });
  await monitoring?.begin(folder, { ...parts, others: workers });
  const setTls = (address: keyof TlsPairs) => (pair: TlsPair) => workers.setTls(address, pair);
  certificates.watch({ s3: setTls("s3"), console: setTls("console") }, { clock, log, opened });
  return {
    account: folder.account,
    listening: workers.listening,
    endConnections: () => workers.endConnections(),
  };
}

/** Where a client on this machine finds it. */
function endpointOf(config: Config, port: number): string {
  const { host } = config;
  const loopback = isIPv6(host) ? "::1" : "127.0.0.1";
  const address = isEveryAddress(host) ? loopback : host;
  const name = isIPv6(address) ? `[${address}]` : address;
  return `${schemeOf(config)}://${name}:${port}`;
}
