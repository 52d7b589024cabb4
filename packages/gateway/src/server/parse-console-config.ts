import { resolve } from "node:path";
import { isEveryAddress, isLoopback } from "../http/cidr.ts";
import type { ConsoleConfig } from "./config.ts";
import type { TlsFileNames } from "./tls-files.ts";

/** The values of the console's options as they were given. */
export interface ConsoleValues {
  readonly "console-port"?: string | undefined;
  readonly "console-host"?: string | undefined;
  readonly "console-origin"?: string | undefined;
  readonly "console-tls-cert"?: string | undefined;
  readonly "console-tls-key"?: string | undefined;
  readonly "console-insecure"?: boolean | undefined;
  readonly "console-oidc"?: string | undefined;
  readonly "s3-origin"?: string | undefined;
}

/** One line: what is wrong, why, and what to do. */
export class UsageError extends Error {}

const companions = [
  "console-host",
  "console-origin",
  "console-tls-cert",
  "console-tls-key",
  "console-insecure",
  "console-oidc",
] as const satisfies readonly (keyof ConsoleValues)[];

/** Undefined without `--console-port`: a gateway has no console then. */
export function parseConsole(
  values: ConsoleValues,
  parsePort: (option: "console-port", text: string) => number,
): ConsoleConfig | undefined {
  if (values["console-port"] === undefined) {
    const lonely = companions.find((name) => values[name] !== undefined);
    if (lonely !== undefined) throw new UsageError(`--${lonely} needs a console; add --console-port 9001`);
    return undefined;
  }
  const host = values["console-host"] ?? "127.0.0.1";
  if (host === "") throw new UsageError("--console-host is empty; give an address such as 127.0.0.1");
  const tls = parseTls("--console-tls", values["console-tls-cert"], values["console-tls-key"]);
  const origin = parseOrigin("console-origin", values["console-origin"]);
  const insecure = values["console-insecure"] ?? false;
  checkReach({ host, tls, origin, insecure });
  const oidc = values["console-oidc"];
  if (oidc === "") throw new UsageError("--console-oidc is empty; give a file of identity providers in JSON");
  const port = parsePort("console-port", values["console-port"]);
  return { host, port, origin, tls, insecure, oidc: oidc === undefined ? undefined : resolve(oidc) };
}

export function parseTls(
  option: TlsFileNames["option"],
  cert: string | undefined,
  key: string | undefined,
): TlsFileNames | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (!cert || !key)
    throw new UsageError(`${option}-cert and ${option}-key belong together; give the files of both, in PEM`);
  return { option, cert, key };
}

/** As a browser writes it: scheme, host, and the port unless it is the scheme's own. */
export function parseOrigin(
  option: "console-origin" | "s3-origin" | "website-origin",
  text: string | undefined,
): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.pathname === "/" &&
    url.search + url.hash + url.username + url.password === "";
  if (!isOrigin)
    throw new UsageError(
      `invalid --${option} "${text}": not an origin; give scheme and host alone, such as https://console.example.com`,
    );
  return url.origin;
}

/** Passwords and cookies never cross a network in clear text, unless the operator says that they may. */
function checkReach({ host, tls, origin, insecure }: Omit<ConsoleConfig, "port" | "oidc">): void {
  if (tls !== undefined && origin?.startsWith("http:") === true)
    throw new UsageError(
      `--console-origin ${origin} is plain HTTP, and --console-tls-cert makes the console HTTPS; give an origin with https:`,
    );
  if (isEveryAddress(host) && origin === undefined)
    throw new UsageError(
      `--console-host ${host} is every address of this machine; say by which one browsers reach the console with --console-origin, such as https://console.example.com`,
    );
  if (insecure || tls !== undefined || origin?.startsWith("https:") === true) return;
  const isLocal =
    isLoopback(host) && (origin === undefined || isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, "")));
  if (isLocal) return;
  throw new UsageError(
    "the console would send passwords over plain HTTP beyond this machine; give --console-tls-cert and --console-tls-key, or the https --console-origin of a proxy in front of it, or --console-insecure",
  );
}
