import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { type Environment, parseConfig } from "./parse-config.ts";
import type { Config } from "./config.ts";
import { type GatewayState, removeStateFile, writeStateFile } from "./state-file.ts";
import { isEveryAddress, isLoopback } from "../http/cidr.ts";
import { type Gateway, startGateway } from "./main.ts";
import { errorCode, isDiskFull, StoreError } from "../ports/store-error.ts";

function line(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${text}\n`);
}

/** As every command says it: what, why, what to do. */
function complain(text: string): void {
  line(process.stderr, `Error: ${text}`);
}

/** The reasons a user can do something about, each in one line; anything else by its own message. */
function startFailure(error: unknown, config: Config): string {
  const { dataDir } = config;
  const code = errorCode(error);
  const { host, port, options } = addressOf(error, config);
  const [portOption, hostOption] = [`--${options}port`, `--${options}host`];
  if (code === "EADDRINUSE")
    return `cannot listen on ${host} port ${port}: it is in use; choose another with ${portOption}, or ${portOption} 0 for any free one`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `cannot listen on ${host}: it is not an address of this machine; choose another with ${hostOption}`;
  if (code === "EACCES" && error instanceof Error && "syscall" in error && error.syscall === "listen")
    return `cannot listen on ${host} port ${port}: only root may; choose a port from 1024 with ${portOption}`;
  if (code === "EACCES" || code === "EPERM")
    return `cannot use the data folder ${dataDir}: no permission (${code}); choose another with --data`;
  if (isDiskFull(error))
    return `cannot start on ${dataDir}: the disk is full; free space, or choose another with --data`;
  if (error instanceof StoreError && error.kind === "conflict") return error.message; // says what to do itself
  return `cannot start on ${dataDir}: ${firstLine(error)}`;
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

/** The address that could not be taken, by what the system says of it; `options`: how the names of its options begin. */
function addressOf(
  error: unknown,
  { console, website, host, port }: Config,
): { readonly host: string; readonly port: number; readonly options: string } {
  const main = { host, port, options: "" };
  if (!(error instanceof Error)) return main;
  const failedPort = "port" in error ? error.port : undefined;
  const name = "address" in error ? error.address : "hostname" in error ? error.hostname : undefined;
  const others = [
    ...(console === undefined ? [] : [{ ...console, options: "console-" }]),
    ...(website === undefined ? [] : [{ ...website, options: "website-" }]),
  ];
  return (
    others.find((other) =>
      failedPort !== undefined && other.port !== port
        ? failedPort === other.port
        : name === other.host && name !== host,
    ) ?? main
  );
}

/** SIGHUP comes when a terminal is closed. There is nothing to reload: files that may change are looked at all the time. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves at the first of them; a second one ends the process at once, as it would without us. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of endingSignals) process.off(signal, stop);
      resolve();
    };
    for (const signal of endingSignals) process.on(signal, stop);
  });
}

function announce(gateway: Gateway, config: Config): void {
  const { endpoint, console, accountId, rootCredentialsFile, adminCredentialsFile } = gateway;
  line(process.stdout, `s3-credentials gateway: ${endpoint} (account ${accountId})`);
  if (console !== undefined) line(process.stdout, `console:    ${console} (sign in with: s3-credentials console)`);
  if (gateway.websites !== undefined) line(process.stdout, `websites:   ${gateway.websites}`);
  if (config.metrics !== undefined) {
    const { host } = config.metrics;
    const name = isIPv6(host) ? `[${host}]` : host;
    line(process.stdout, `metrics:    http://${name}:${gateway.metricsPort ?? 0} (/metrics, /healthz, /readyz)`);
  }
  const isHere = (file: string): boolean => config.database === undefined || existsSync(file);
  const elsewhere = "in the --data folder of the gateway that started first on this database";
  const where = (file: string): string => (isHere(file) ? file : elsewhere);
  line(process.stdout, `root keys:  ${where(rootCredentialsFile)} (may do everything but assume roles)`);
  line(process.stdout, `admin keys: ${where(adminCredentialsFile)} (may do everything, assume roles too)`);
  for (const upstream of gateway.upstreams) line(process.stdout, `upstream:   ${upstream}`);
  const needsCopy = isHere(adminCredentialsFile) ? "" : ", when admin-credentials has been copied from there";
  line(process.stdout, `for any AWS tool${needsCopy}:`);
  for (const setting of settings(endpoint, config.region, adminCredentialsFile))
    line(process.stdout, `  export ${setting}`);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html */
function warnOfPlainHttp({ host, tls }: Config, port: number): void {
  if (tls !== undefined || isLoopback(host)) return;
  const where = isEveryAddress(host) ? `every address of this machine, port ${port}` : `${host} port ${port}`;
  line(
    process.stderr,
    `Warning: listening on ${where}: other machines can reach this gateway, and requests and objects cross the network unencrypted; give --tls-cert and --tls-key, put a proxy with TLS in front of it, or leave --host out`,
  );
}

/** SDKs read AWS_REGION; the AWS CLI 1 and boto3 read AWS_DEFAULT_REGION alone. */
function settings(endpoint: string, region: string, file: string): readonly string[] {
  return [
    `AWS_ENDPOINT_URL=${endpoint}`,
    `AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    `AWS_SHARED_CREDENTIALS_FILE=${inShell(file)}`,
  ];
}

function inShell(text: string): string {
  return /^[\w./+:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** `s3-credentials serve`: the arguments after it, and the environment. Resolves with the exit code once stopped. */
export async function runGateway(argv: readonly string[], env: Environment): Promise<number> {
  const parsed = parseConfig(argv, env);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "usage-error") {
    complain(parsed.message);
    return 2;
  }
  const { config } = parsed;
  const asked = stopAsked();
  let gateway: Gateway;
  try {
    gateway = await startGateway(config);
  } catch (error) {
    complain(startFailure(error, config));
    return 1;
  }
  const { endpoint, accountId, adminCredentialsFile, rootCredentialsFile } = gateway;
  const state: GatewayState = {
    endpoint,
    region: config.region,
    dataDir: config.dataDir,
    adminCredentialsFile,
    rootCredentialsFile,
    ...(gateway.console === undefined ? {} : { console: gateway.console }),
    pid: process.pid,
    accountId,
  };
  try {
    writeStateFile(config.stateFolder, state);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const why = isDiskFull(error) ? "the disk is full" : message;
    line(process.stderr, `Warning: --local will not find this gateway: cannot write in ${config.stateFolder}: ${why}`);
  }
  announce(gateway, config);
  warnOfPlainHttp(config, gateway.port);
  await asked;
  removeStateFile(config.stateFolder, state);
  await gateway.drain();
  try {
    await gateway.close();
  } catch (error) {
    const why = isDiskFull(error) ? "the disk is full" : firstLine(error);
    complain(`not everything could be closed: ${why}; what was acknowledged is stored`);
    return 1;
  }
  return 0;
}
