import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig, startGateway } from "@s3-credentials/gateway";
import { createRequestLog } from "../packages/gateway/src/server/request-log.ts";
import { type GatewayState, removeStateFile, writeStateFile } from "../packages/gateway/src/server/state-file.ts";
import { quickPasswordHashes } from "../packages/gateway/test/quick-password-hashes.ts";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";
import { cleanEnvironment, readKeys, type RunningGateway } from "./gateway.ts";

export interface GatewayHere extends RunningGateway {
  /** As at `SIGTERM`, before it stops. */
  drain(): Promise<void>;
}

/**
 * The gateway in this process, on folders as `startGateway` of `gateway.ts` has them: for tests of what is in the folders. Starting a
 * process costs more CPU time than most of these tests do, and so do passwords at the cost of the product. What runs beside it must not block this process (`spawnSync`).
 * Rejects as the start does.
 */
export async function startGatewayHere(
  options: { readonly home?: string; readonly args?: readonly string[] } = {},
): Promise<GatewayHere> {
  const made = options.home === undefined;
  const home = options.home ?? mkdtempSync(join(tmpdir(), "s3-credentials-acceptance-"));
  const dataDir = join(home, "data");
  const parsed = parseConfig(["--port", "0", "--data", dataDir, ...(options.args ?? [])], cleanEnvironment(home));
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  const { config } = parsed;
  let output = "";
  const log = createRequestLog("info", { write: (line) => (output += line) });
  const gateway = await startGateway(config, { log, hashes: quickPasswordHashes() });
  const { endpoint, port, console, accountId, adminCredentialsFile, rootCredentialsFile } = gateway;
  const { region, stateFolder } = config;
  const files = { adminCredentialsFile, rootCredentialsFile };
  const state: GatewayState = {
    endpoint,
    region,
    dataDir,
    ...files,
    pid: process.pid,
    accountId,
    ...(console === undefined ? {} : { console }),
  };
  writeStateFile(stateFolder, state);
  const [root, admin] = [readKeys(rootCredentialsFile), readKeys(adminCredentialsFile)];
  let stopped: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    removeStateFile(stateFolder, state);
    await gateway.close();
    keepRecordsUnder(home, output);
    if (made) rmSync(home, { recursive: true, force: true });
  };
  return {
    endpoint,
    port,
    pid: process.pid,
    accountId,
    console,
    metrics: gateway.metricsPort === undefined ? "" : `http://127.0.0.1:${gateway.metricsPort}`,
    dataDir,
    home,
    root,
    admin,
    log: () => output,
    drain: () => gateway.drain(),
    async stop() {
      await (stopped ??= close());
      return 0;
    },
  };
}
