import { loadChecksums } from "@s3-credentials/protocol";
import { isIPv6 } from "node:net";
import { PasswordHashes } from "../domain/identity/password-hashes.ts";
import { isEveryAddress } from "../http/cidr.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Config } from "./config.ts";
import { readKmsKeys } from "./kms-key-files.ts";
import { schemeOf } from "./open-console.ts";
import { openFolder } from "./open-folder.ts";
import { Opened } from "./opened.ts";
import { randomIds } from "./random-ids.ts";
import { createRequestLog } from "./request-log.ts";
import { openListeners, serveRequests } from "./serve-requests.ts";
import { systemClock } from "./system-clock.ts";
import { Certificates } from "./tls-files.ts";

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
  const certificates = new Certificates(config);
  // Before the data folder is made: a start with a wrong key file, or with an address that cannot be used, must leave nothing.
  const localKeys = readKmsKeys(config.kmsKeys);
  const listeners = await openListeners(config, certificates.pairs, opened);
  const { server, web } = listeners;
  const folder = await openFolder({ ...parts, localKeys }, opened);
  serveRequests(parts, folder, listeners, opened);
  certificates.watch(
    { s3: (pair) => server.setTls(pair), console: (pair) => web?.server.setTls(pair) },
    parts.log,
    opened,
  );
  const { accountId, rootCredentialsFile, adminCredentialsFile } = folder.account;
  return {
    endpoint: endpointOf(config, server.port),
    port: server.port,
    console: web?.origins.main,
    consolePort: web?.server.port,
    accountId,
    rootCredentialsFile,
    adminCredentialsFile,
    close: () => opened.close(),
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
