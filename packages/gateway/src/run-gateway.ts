import { type Environment, parseConfig } from "./config/parse-config.ts";
import type { Config } from "./config/config.ts";
import { type GatewayState, removeStateFile, writeStateFile } from "./config/state-file.ts";
import { type Gateway, startGateway } from "./main.ts";
import { StoreError } from "./ports/store-error.ts";

function line(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${text}\n`);
}

/** The reasons a user can do something about, each in one line; anything else by its own message. */
function startFailure(error: unknown, { host, port, dataDir }: Config): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `${host}:${port} is already in use; choose another with --port, or --port 0 for any free one`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `${host} is not an address of this machine; choose another with --host`;
  if (code === "EACCES" || code === "EPERM")
    return `no permission: ${error instanceof Error ? error.message : String(error)}`;
  if (error instanceof StoreError && error.kind === "conflict") return error.message;
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  return `cannot start on ${dataDir}: ${message}`;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, as it would without us. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

function announce({ endpoint, accountId, rootCredentialsFile, adminCredentialsFile }: Gateway): void {
  line(process.stdout, `s3-credentials gateway: ${endpoint} (account ${accountId})`);
  line(process.stdout, `root keys:  ${rootCredentialsFile}`);
  line(process.stdout, `admin keys: ${adminCredentialsFile}`);
}

/** `s3-credentials serve`: the arguments after it, and the environment. Resolves with the exit code once stopped. */
export async function runGateway(argv: readonly string[], env: Environment): Promise<number> {
  const parsed = parseConfig(argv, env);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "usage-error") {
    line(process.stderr, `s3-credentials serve: ${parsed.message}`);
    return 2;
  }
  const { config } = parsed;
  const asked = stopAsked();
  let gateway: Gateway;
  try {
    gateway = await startGateway(config);
  } catch (error) {
    line(process.stderr, `s3-credentials serve: ${startFailure(error, config)}`);
    return 1;
  }
  const { endpoint, accountId, adminCredentialsFile, rootCredentialsFile } = gateway;
  const state: GatewayState = {
    endpoint,
    region: config.region,
    dataDir: config.dataDir,
    adminCredentialsFile,
    rootCredentialsFile,
    pid: process.pid,
    accountId,
  };
  try {
    writeStateFile(config.stateFile, state);
  } catch (error) {
    line(
      process.stderr,
      `s3-credentials serve: cannot write ${config.stateFile}, so --local will not find this gateway: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  announce(gateway);
  await asked;
  removeStateFile(config.stateFile, state);
  await gateway.close();
  return 0;
}
