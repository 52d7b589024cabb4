import { isEveryAddress, isLoopback } from "../http/cidr.ts";
import { virtualBucket } from "../http/target.ts";

/** Where a server listens. */
export interface Listening {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/** The origins of a server that listens there, as browsers on this machine write them; the first is the one to print. */
export function originsOf({ scheme, host, port }: Listening): readonly string[] {
  const local = ["127.0.0.1", "localhost", "[::1]"];
  const own = host.includes(":") ? `[${host}]` : host;
  const names = isLoopback(host) ? [own, ...local] : isEveryAddress(host) ? local : [own];
  return [...new Set(names.map((name) => new URL(`${scheme}://${name}:${port}`).origin))];
}

/** The names by which browsers may reach the console. */
export interface Origins {
  /** For links. */
  readonly main: string;
  readonly all: readonly string[];
  /** The origin that a `Host` header means; undefined when it is not one of the console's own. */
  find(host: string): string | undefined;
}

/** `given`: the only origin that browsers use, when the operator says it. */
export function consoleOrigins(listening: Listening, given: string | undefined): Origins {
  const all = given === undefined ? originsOf(listening) : [given];
  const byHost = new Map<string, string>();
  for (const origin of all) {
    const { host, hostname, port, protocol } = new URL(origin);
    byHost.set(host, origin);
    if (port === "") byHost.set(`${hostname}:${protocol === "https:" ? 443 : 80}`, origin);
  }
  return { main: all[0] ?? "", all, find: (host) => byHost.get(host.toLowerCase()) };
}

/**
 * The origin that the console and S3 would share; undefined when they have none in common. On one origin, a page that somebody has stored
 * as an object could act as whoever is signed in.
 */
export function sharedOrigin(
  console: readonly string[],
  s3: readonly string[],
  domains: readonly string[],
): string | undefined {
  const places = s3.map((origin) => new URL(origin));
  return console.find((origin) => {
    const { hostname, protocol, port } = new URL(origin);
    return places.some(
      (place) =>
        place.protocol === protocol &&
        place.port === port &&
        (place.hostname === hostname || virtualBucket(hostname, domains) !== undefined),
    );
  });
}
