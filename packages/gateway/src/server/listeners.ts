import { type HttpServer, openServer, type TlsPair } from "../http/server.ts";
import type { Config } from "./config.ts";
import { connectionLimits, descriptorLimit } from "./connection-limits.ts";
import { type ConsoleServer, openConsole, shareConnections } from "./open-console.ts";
import { openWebsite, type WebsiteServer } from "./open-website.ts";
import type { Opened } from "./opened.ts";

/** Where a process listens; all workers of a gateway at the same addresses. */
export interface Listening {
  readonly port: number;
  readonly consolePort: number | undefined;
  readonly websitePort: number | undefined;
  /** The address of the website of a bucket named `BUCKET`. */
  readonly websites: string | undefined;
  /** The console's origin. */
  readonly console: string | undefined;
}

/** Certificates, by what they are for: S3 and websites, and the console; undefined: plain HTTP. */
export interface TlsPairs {
  readonly s3: TlsPair | undefined;
  readonly console: TlsPair | undefined;
}

/** The addresses, taken; each connection gets 503 until they are served. */
export interface Listeners {
  readonly server: HttpServer;
  readonly web: ConsoleServer | undefined;
  readonly sites: WebsiteServer | undefined;
}

/** Rejects when an address cannot be used. */
export async function openListeners(config: Config, tls: TlsPairs, opened: Opened): Promise<Listeners> {
  const limits = connectionLimits(config, descriptorLimit(), config.workers);
  const { console, website } = config;
  const parts = shareConnections(limits, { console: console !== undefined, website: website !== undefined });
  const server = await openServer({
    ...config,
    limits: parts.s3,
    tls: tls.s3,
    shared: config.workers > 1,
    closeDeadlineMs: config.drainTimeout,
  });
  opened.add(() => server.close());
  const sites = website && (await openWebsite(config, website, parts.website, tls.s3));
  if (sites !== undefined) opened.add(() => sites.server.close());
  const web =
    console && (await openConsole(config, console, server.port, parts.console, tls.console, sites?.origins ?? []));
  if (web !== undefined) opened.add(() => web.server.close());
  return { server, web, sites };
}

export function listeningOf({ server, web, sites }: Listeners): Listening {
  const [consolePort, websitePort] = [web?.server.port, sites?.server.port];
  return { port: server.port, consolePort, websitePort, websites: sites?.urlOf("BUCKET"), console: web?.origins.main };
}

/** S3, and websites with it, have one certificate; the console has its own. */
export function setCertificate({ server, web, sites }: Listeners, address: keyof TlsPairs, pair: TlsPair): void {
  if (address === "console") web?.server.setTls(pair);
  else for (const one of [server, sites?.server]) one?.setTls(pair);
}

/** Each connection of every address ends after its next answer. */
export function endConnections({ server, web, sites }: Listeners): void {
  for (const one of [server, web?.server, sites?.server]) one?.endConnections();
}
