import { consoleOrigins, type Origins, originsOf, sharedOrigin } from "../console/origins.ts";
import type { ConnectionLimits } from "../http/connections.ts";
import { type HttpServer, openServer, type TlsPair } from "../http/server.ts";
import { StoreError } from "../ports/store-error.ts";
import type { Config, ConsoleConfig } from "./config.ts";

/** The console's address, taken; it answers once it is served. */
export interface ConsoleServer {
  readonly server: HttpServer;
  readonly origins: Origins;
  readonly s3Origin: string;
  readonly tls: boolean;
  /** Other machines can reach it by plain HTTP. */
  readonly insecure: boolean;
}

/**
 * Parts of the connections that the system allows. A console needs few: a browser has six at most. Websites have a fourth, so that their
 * visitors leave S3 and the console what they need.
 */
export function shareConnections(
  { total, perAddress }: ConnectionLimits,
  open: { readonly console: boolean; readonly website: boolean },
): { readonly s3: ConnectionLimits; readonly console: ConnectionLimits; readonly website: ConnectionLimits } {
  const console = open.console ? Math.max(1, Math.min(512, Math.floor(total / 8))) : 0;
  const website = open.website ? Math.max(1, Math.floor(total / 4)) : 0;
  const rest = Math.max(1, total - console - website);
  return {
    s3: { total: rest, perAddress: Math.min(rest, perAddress) },
    console: { total: console, perAddress: Math.max(1, Math.ceil(console / 4)) },
    website: { total: website, perAddress: Math.max(1, Math.min(website, perAddress)) },
  };
}

/** Rejects when the address cannot be used, and when S3 or websites have the same origin. `siteOrigins`: those of websites. */
export async function openConsole(
  config: Config,
  console: ConsoleConfig,
  s3Port: number,
  limits: ConnectionLimits,
  tls: TlsPair | undefined,
  siteOrigins: readonly string[],
): Promise<ConsoleServer> {
  const { host, port } = console;
  const { trustedProxies, workers } = config;
  const server = await openServer({
    host,
    port,
    limits,
    trustedProxies,
    tls,
    shared: workers > 1,
    closeDeadlineMs: config.drainTimeout,
  });
  const scheme = schemeOf(console);
  const origins = consoleOrigins({ scheme, host, port: server.port }, console.origin);
  const listening = originsOf({ scheme: schemeOf(config), host: config.host, port: s3Port });
  const s3 = config.s3Origin === undefined ? listening : [config.s3Origin, ...listening];
  const ofS3 = sharedOrigin(origins.all, s3, config.domains);
  const shared = ofS3 ?? sharedOrigin(origins.all, siteOrigins, config.website?.domains ?? []);
  if (shared !== undefined) {
    await server.close();
    throw new StoreError(
      "conflict",
      `the console and ${ofS3 === undefined ? "websites" : "S3"} would have one origin, ${shared}: a page stored as an object could act as whoever is signed in; give the console a host or port of its own`,
    );
  }
  return {
    server,
    origins,
    s3Origin: s3[0] ?? "",
    tls: tls !== undefined,
    insecure: console.insecure && origins.main.startsWith("http:"),
  };
}

export function schemeOf({ tls }: Pick<Config, "tls">): "http" | "https" {
  return tls === undefined ? "http" : "https";
}
