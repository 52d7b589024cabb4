import { readFileSync } from "node:fs";
import { consoleOrigins, type Origins, originsOf, sharedOrigin } from "../console/origins.ts";
import type { ConnectionLimits } from "../http/connections.ts";
import { type HttpServer, openServer } from "../http/server.ts";
import { errorCode, StoreError } from "../ports/store-error.ts";
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

/** A console needs few connections: a browser has six at most. They are a part of those the system allows. */
export function shareConnections({ total, perAddress }: ConnectionLimits): {
  readonly s3: ConnectionLimits;
  readonly console: ConnectionLimits;
} {
  const part = Math.max(1, Math.min(512, Math.floor(total / 8)));
  const rest = Math.max(1, total - part);
  return {
    s3: { total: rest, perAddress: Math.min(rest, perAddress) },
    console: { total: part, perAddress: Math.max(1, Math.ceil(part / 4)) },
  };
}

/** Rejects when the address cannot be used, when a TLS file cannot be read, and when S3 has the same origin. */
export async function openConsole(
  config: Config,
  console: ConsoleConfig,
  s3Port: number,
  limits: ConnectionLimits,
): Promise<ConsoleServer> {
  const tls =
    console.tls === undefined
      ? undefined
      : { cert: readPem("--console-tls-cert", console.tls.cert), key: readPem("--console-tls-key", console.tls.key) };
  const { trustedProxies } = config;
  const server = await openTlsServer({ host: console.host, port: console.port, limits, trustedProxies, tls });
  const scheme = tls === undefined ? "http" : "https";
  const origins = consoleOrigins({ scheme, host: console.host, port: server.port }, console.origin);
  const listening = originsOf({ scheme: "http", host: config.host, port: s3Port });
  const s3 = config.s3Origin === undefined ? listening : [config.s3Origin, ...listening];
  const shared = sharedOrigin(origins.all, s3, config.domains);
  if (shared !== undefined) {
    await server.close();
    throw new StoreError(
      "conflict",
      `the console and S3 would have one origin, ${shared}: a page stored as an object could act as whoever is signed in; give the console a host or port of its own`,
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

async function openTlsServer(options: Parameters<typeof openServer>[0]): Promise<HttpServer> {
  try {
    return await openServer(options);
  } catch (error) {
    if (options.tls === undefined || errorCode(error)?.startsWith("ERR_OSSL") !== true) throw error;
    throw new StoreError(
      "conflict",
      "cannot use the files of --console-tls-cert and --console-tls-key: they are not a certificate in PEM and its key",
      { cause: error },
    );
  }
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new StoreError("conflict", `cannot read ${file} (${option}): ${errorCode(error) ?? "unreadable"}`, {
      cause: error,
    });
  }
}
