import { originsOf } from "../console/origins.ts";
import type { ConnectionLimits } from "../http/connections.ts";
import { type HttpServer, openServer, type TlsPair } from "../http/server.ts";
import type { Config, WebsiteConfig } from "./config.ts";
import { schemeOf } from "./open-console.ts";

/** The address of websites, taken. */
export interface WebsiteServer {
  readonly server: HttpServer;
  /** The origins by which browsers may reach websites, without those of each bucket. */
  readonly origins: readonly string[];
  readonly urlOf: (bucket: string) => string;
}

/** With TLS when S3 has it, and with its certificate. Rejects when the address cannot be used. */
export async function openWebsite(
  config: Config,
  website: WebsiteConfig,
  limits: ConnectionLimits,
  tls: TlsPair | undefined,
): Promise<WebsiteServer> {
  const { trustedProxies, workers, drainTimeout } = config;
  const { host, port, domains, origin, paths } = website;
  const shared = workers > 1;
  const server = await openServer({ host, port, limits, trustedProxies, tls, shared, closeDeadlineMs: drainTimeout });
  const scheme = schemeOf(config);
  const main = new URL(origin ?? `${scheme}://${domains[0] ?? "localhost"}:${server.port}`);
  return {
    server,
    origins: [main.origin, ...originsOf({ scheme, host, port: server.port })],
    urlOf: (bucket) => (paths ? `${main.origin}/${bucket}/` : `${main.protocol}//${bucket}.${main.host}/`),
  };
}
