import { dayMs } from "../ports/clock.ts";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { nearestName } from "@s3-credentials/policy";
import { type AddressRanges, parseAddressRanges } from "../http/cidr.ts";
import { defaultQuotas } from "../domain/identity/principal-rules.ts";
import type { AccountQuotas } from "../ports/identity-store.ts";
import type { SpaceFloor } from "../ports/disk-space.ts";
import { type Service, services } from "../authn/request.ts";
import { type Config, logLevels, type LogLevel } from "./config.ts";
import type { KmsKeyFile } from "./kms-key-files.ts";
import { parseConsole, parseOrigin, parseTls, UsageError } from "./parse-console-config.ts";
import { databaseOptions, parseDatabase, passFileOf } from "./parse-database-config.ts";
import { limitOptions, parseLimits } from "./parse-limit-config.ts";
import { monitoringOptions, parseMonitoring } from "./parse-monitoring-config.ts";
import { notificationOptions, parseNotificationTargets } from "./parse-notification-config.ts";
import { oidcOptions, parseOidc } from "./parse-oidc-config.ts";
import { parseUpstreams } from "./parse-upstream-config.ts";
import { parseWebsite, websiteOptions } from "./parse-website-config.ts";
import { defaultSpaceFloor, parseSpaceFloor } from "./space-floor.ts";
import { errorCode } from "../ports/store-error.ts";

export type ParsedConfig =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "help"; readonly text: string }
  /** One line. */
  | { readonly kind: "usage-error"; readonly message: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const quotaList = Object.entries(defaultQuotas)
  .map(([name, quota]) => `${name}=${quota}`)
  .join(",");

/** One row per option: parsing and help both come from here. */
export const gatewayOptions = {
  host: { type: "string", value: "HOST", summary: "address to listen on (127.0.0.1)" },
  port: { type: "string", value: "PORT", summary: "port to listen on, 0 for any free one (9000)" },
  "tls-cert": {
    type: "string",
    value: "FILE",
    summary: "serve only HTTPS: certificate chain, PEM; read again when it changes",
  },
  "tls-key": { type: "string", value: "FILE", summary: "its private key, PEM" },
  data: { type: "string", value: "DIR", summary: "data folder ($XDG_DATA_HOME/s3-credentials)" },
  "min-free-space": {
    type: "string",
    value: "SIZE",
    summary: "free space that object writes leave: bytes, MiB, GiB or % (the larger of 1% and 256MiB)",
  },
  domain: {
    type: "string",
    multiple: true,
    value: "NAME",
    summary: "domain of virtual hosts BUCKET.NAME, repeatable (localhost)",
  },
  region: { type: "string", value: "REGION", summary: "region of the gateway (us-east-1)" },
  "account-id": { type: "string", value: "ID", summary: "12 digits; the account made on the first start (random)" },
  apis: {
    type: "string",
    value: "LIST",
    summary: `services to answer (${services.join(",")})`,
  },
  quota: {
    type: "string",
    multiple: true,
    value: "NAME=N",
    summary: `how many each account may have, repeatable (${quotaList})`,
  },
  "strict-region": { type: "boolean", summary: "refuse signatures made for another region, or for none" },
  "no-sigv2": { type: "boolean", summary: "refuse presigned URLs of Signature Version 2" },
  "trusted-proxy": {
    type: "string",
    multiple: true,
    value: "CIDR",
    summary: "believe X-Forwarded-For from here, repeatable",
  },
  ...limitOptions,
  "console-port": { type: "string", value: "PORT", summary: "serve the web console on this port (no console)" },
  "console-host": { type: "string", value: "HOST", summary: "address of the console (127.0.0.1)" },
  "console-origin": {
    type: "string",
    value: "URL",
    summary: "how browsers reach the console (the address it listens on)",
  },
  "console-tls-cert": { type: "string", value: "FILE", summary: "certificate chain of the console, PEM" },
  "console-tls-key": { type: "string", value: "FILE", summary: "its private key, PEM" },
  "console-insecure": { type: "boolean", summary: "let the console use plain HTTP beyond this machine" },
  "console-oidc": {
    type: "string",
    value: "FILE",
    summary: "identity providers by which people sign in to the console, JSON",
  },
  "s3-origin": {
    type: "string",
    value: "URL",
    summary: "how browsers reach S3, for links (the address it listens on)",
  },
  ...websiteOptions,
  encrypt: { type: "boolean", summary: "encrypt objects of every bucket that sets no encryption (SSE-S3)" },
  "kms-key": {
    type: "string",
    multiple: true,
    value: "NAME=FILE",
    summary: "32 bytes: the key alias/NAME of SSE-KMS, repeatable; aws/s3 is that of requests that name none",
  },
  "data-events": { type: "boolean", summary: "record every call on objects; without it, those that were denied" },
  "event-age": { type: "string", value: "DAYS", summary: "how long events are kept, in days (90)" },
  "event-size": {
    type: "string",
    value: "SIZE",
    summary: "how much is kept of management events, and of data events: MiB, GiB (1GiB)",
  },
  upstream: {
    type: "string",
    value: "URL",
    summary: "S3 engine behind the gateway, which keeps the objects of new buckets",
  },
  "upstream-credentials": {
    type: "string",
    value: "FILE",
    summary: "the gateway's keys for it, INI or JSON; read again when it changes",
  },
  "upstream-region": { type: "string", value: "REGION", summary: "its region (us-east-1)" },
  "upstream-ca": { type: "string", value: "FILE", summary: "certificate authorities to trust for it, PEM" },
  "upstream-prefix": {
    type: "string",
    value: "PREFIX",
    summary: "what its bucket names begin with; {account}: the bucket's account",
  },
  "upstream-style": {
    type: "string",
    value: "STYLE",
    summary: "path, or virtual: the bucket is in the host name (path)",
  },
  "upstream-probe": { type: "string", value: "BUCKET", summary: "its bucket for trying what it can do (a new one)" },
  upstreams: { type: "string", value: "FILE", summary: "several engines, and which buckets they keep, JSON" },
  "allow-missing-upstreams": { type: "boolean", summary: "start although buckets are on upstreams that are not given" },
  ...databaseOptions,
  ...oidcOptions,
  ...notificationOptions,
  ...monitoringOptions,
  "log-level": { type: "string", value: "LEVEL", summary: `${logLevels.join(", ")} (info)` },
  help: { type: "boolean", summary: "show this text" },
} as const satisfies Readonly<
  Record<string, { type: "string" | "boolean"; multiple?: true; value?: string; summary: string }>
>;

export function gatewayHelp(): string {
  const rows = Object.entries(gatewayOptions).map(([name, option]) => {
    const left = "value" in option ? `--${name} ${option.value}` : `--${name}`;
    return `  ${left.padEnd(31)}  ${option.summary}`;
  });
  return `Usage: s3-credentials serve [options]\n\nRuns an S3, STS, IAM, Organizations and CloudTrail endpoint on a data folder.\n\n${rows.join("\n")}\n`;
}

/** What is wrong with the value of an option, why, and what to give instead. */
function invalid(option: keyof typeof gatewayOptions, value: string, why: string, advice: string): UsageError {
  return new UsageError(`invalid --${option} "${value}": ${why}; ${advice}`);
}

function parsePort(option: "port" | "console-port" | "website-port", text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw invalid(option, text, "not a port number", "give 0 to 65535, 0 for any free one");
  return port;
}

function parseServices(text: string): ReadonlySet<Service> {
  const names = text.split(",").map((name) => name.trim());
  const chosen = services.filter((service) => names.includes(service));
  const unknown = names.find((name) => !services.some((service) => service === name));
  if (unknown !== undefined) {
    const why = unknown === "" ? "a name is missing" : `"${unknown}" is not a service`;
    throw invalid("apis", text, why, `give some of ${services.join(",")}`);
  }
  return new Set(chosen);
}

function parseQuotas(texts: readonly string[]): AccountQuotas {
  const given = texts.map((text) => {
    const [, name = "", count = ""] = /^(\w+)=([1-9]\d{0,6})$/.exec(text) ?? [];
    if (!Object.hasOwn(defaultQuotas, name))
      throw invalid("quota", text, "not a name and a number of one or more", `give one such as ${quotaList}`);
    return [name, Number(count)] as const;
  });
  return { ...defaultQuotas, ...Object.fromEntries(given) };
}

function parseKmsKeys(texts: readonly string[]): readonly KmsKeyFile[] {
  const names = new Set<string>();
  return texts.map((text) => {
    const [, name = "", file = ""] = /^([\w/-]{1,250})=(.+)$/.exec(text) ?? [];
    if (name === "")
      throw invalid("kms-key", text, "not a name and a file", "give one such as photos=/etc/keys/photos");
    if (names.has(name)) throw invalid("kms-key", text, "the name is there twice", "give each key a name of its own");
    names.add(name);
    return { name, file };
  });
}

const domainPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

function parseDomain(option: "domain" | "website-domain", text: string): string {
  const domain = text.toLowerCase();
  if (domain.length > 190 || !domainPattern.test(domain) || /^[\d.]+$/.test(domain))
    throw invalid(option, text, "not a domain name", "give one such as s3.example.com, without a port");
  return domain;
}

function parseRegion(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(text))
    throw invalid("region", text, "not a region name", "give one such as us-east-1");
  return text;
}

function parseAccountId(text: string | undefined): string | undefined {
  if (text !== undefined && !/^\d{12}$/.test(text))
    throw invalid("account-id", text, "an account id has 12 digits", "leave it out for a random one");
  return text;
}

function parseProxies(texts: readonly string[]): AddressRanges {
  const ranges = parseAddressRanges(texts);
  if ("invalid" in ranges)
    throw invalid("trusted-proxy", ranges.invalid, "not an address or a CIDR range", "give one such as 10.0.0.0/8");
  return ranges;
}

function parseLogLevel(text: string): LogLevel {
  const level = logLevels.find((one) => one === text);
  if (level === undefined) throw invalid("log-level", text, "not a level", `give one of ${logLevels.join(", ")}`);
  return level;
}

function parseMinFreeSpace(text: string | undefined): SpaceFloor {
  const floor = text === undefined ? defaultSpaceFloor : parseSpaceFloor(text);
  if (floor === undefined)
    throw invalid("min-free-space", text ?? "", "not a size or a percentage", "give one such as 1GiB or 2%");
  return floor;
}

function parseEventAge(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw invalid("event-age", text, "not a number of days", "give 1 or more, such as 90");
  return Number(text) * dayMs;
}

const leastEventSize = 1024 * 1024;

function parseEventSize(text: string): number {
  const size = parseSpaceFloor(text);
  if (size === undefined || size.percent > 0 || size.bytes < leastEventSize)
    throw invalid("event-size", text, "not a size of 1MiB or more", "give one such as 512MiB or 1GiB");
  return size.bytes;
}

function folder(env: Environment, variable: string, ...fallback: readonly string[]): string {
  const set = env[variable];
  return set === undefined || set === "" ? join(env["HOME"] || homedir(), ...fallback) : set;
}

const seeHelp = "see s3-credentials serve --help";

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: gatewayOptions, allowPositionals: false, strict: true }).values;
  } catch (error) {
    throw new UsageError(argumentFault(error instanceof Error ? error : new Error(String(error))));
  }
}

/** Node's messages are for programmers: https://nodejs.org/api/errors.html#err_parse_args_invalid_option_value */
function argumentFault(error: Error): string {
  const code = errorCode(error);
  const option = /'(?:-\w, )?(--?[^ '=<]+)/.exec(error.message)?.[1] ?? "an option";
  const word = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const near = nearestName(option.replace(/^-+/, ""), Object.keys(gatewayOptions));
    return `unknown option ${option}; ${near === undefined ? seeHelp : `did you mean --${near}? ${seeHelp}`}`;
  }
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL")
    return `unexpected "${word}"; serve takes options only, ${seeHelp}`;
  const wants = /does not take an argument/.test(error.message) ? "takes no value" : "needs a value";
  return `${option} ${wants}; ${seeHelp}`;
}

function build(argv: readonly string[], env: Environment): ParsedConfig {
  const values = readArguments(argv);
  if (values.help === true) return { kind: "help", text: gatewayHelp() };
  if (values.data === "") throw invalid("data", "", "the name is empty", "give a folder");
  if (values.host === "") throw invalid("host", "", "the address is empty", "give one such as 127.0.0.1");
  const limits = parseLimits(values);
  const upstreams = parseUpstreams(values);
  const encrypts = values.encrypt ?? false;
  const answered = parseServices(values.apis ?? services.join(","));
  const passFile = passFileOf(env, env["HOME"] || homedir());
  const config: Config = {
    host: values.host ?? "127.0.0.1",
    port: parsePort("port", values.port ?? "9000"),
    tls: parseTls("--tls", values["tls-cert"], values["tls-key"]),
    dataDir: resolve(values.data ?? join(folder(env, "XDG_DATA_HOME", ".local", "share"), "s3-credentials")),
    stateFolder: join(folder(env, "XDG_STATE_HOME", ".local", "state"), "s3-credentials", "gateways"),
    domains: (values.domain ?? ["localhost"]).map((name) => parseDomain("domain", name)),
    region: parseRegion(values.region ?? "us-east-1"),
    accountId: parseAccountId(values["account-id"]),
    services: answered,
    quotas: parseQuotas(values.quota ?? []),
    strictRegion: values["strict-region"] ?? false,
    sigv2: values["no-sigv2"] !== true && values["strict-region"] !== true,
    trustedProxies: parseProxies(values["trusted-proxy"] ?? []),
    ...limits,
    logLevel: parseLogLevel(values["log-level"] ?? "info"),
    ...parseMonitoring(values, env),
    s3Origin: parseOrigin("s3-origin", values["s3-origin"]),
    console: parseConsole(values, parsePort),
    website: parseWebsite(values, { services: answered }, { port: parsePort, domain: parseDomain }),
    encrypts,
    kmsKeys: parseKmsKeys(values["kms-key"] ?? []),
    minFreeSpace: parseMinFreeSpace(values["min-free-space"]),
    dataEvents: values["data-events"] ?? false,
    eventAge: parseEventAge(values["event-age"] ?? "90"),
    eventSize: parseEventSize(values["event-size"] ?? "1GiB"),
    oidc: parseOidc(values),
    upstreams,
    database: parseDatabase(values, { ...limits, upstreams, encrypts }, passFile),
    notificationTargets: parseNotificationTargets(values["notification-targets"]),
    allowsMissingUpstreams: values["allow-missing-upstreams"] ?? false,
  };
  return { kind: "config", config };
}

/** Pure: the arguments after `serve`, and the environment. */
export function parseConfig(argv: readonly string[], env: Environment): ParsedConfig {
  try {
    return build(argv, env);
  } catch (error) {
    if (error instanceof UsageError) return { kind: "usage-error", message: error.message };
    throw error;
  }
}
