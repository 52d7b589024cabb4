import { readdirSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { isObject, type Json, JsonNumber, parseJson } from "../formats/json.ts";
import { errorCode } from "../files/file-error.ts";
import { CommandError } from "../command-line/failures.ts";
import { type Keys, parseAuthFile } from "./auth-file.ts";

/** What a running gateway writes about itself. */
export interface LocalGateway {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  readonly rootCredentialsFile?: string;
  /** Address of its console; undefined when it has none. */
  readonly console?: string;
}

const startIt = "start it with: s3-credentials serve";

/** Where every running gateway of this user keeps a file `PID.json`. */
export function localGatewayFolder(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return join(state, "s3-credentials", "gateways");
}

/**
 * The gateway that runs on this machine now, or of several the one at `endpoint`. A file that a killed gateway left counts
 * as none. Rejects with a `CommandError` that lists them when several run and none is chosen.
 */
export async function findLocalGateway(env: NodeJS.ProcessEnv, endpoint?: string): Promise<LocalGateway> {
  const running = await runningGateways(env);
  const chosen = endpoint === undefined ? running : running.filter((one) => isSameUrl(one.endpoint, endpoint));
  const [first] = chosen;
  if (running.length === 0) throw new CommandError(`no local gateway is running; ${startIt}`);
  const all = running.map((one) => `${one.endpoint} (data in ${one.dataDir})`).join(", ");
  if (first === undefined)
    throw new CommandError(
      `no local gateway is running at ${endpoint ?? ""}, but at ${all}; choose one with --endpoint-url`,
    );
  if (chosen.length > 1)
    throw new CommandError(`${chosen.length} local gateways are running: ${all}; choose one with --endpoint-url URL`);
  return first;
}

/** All that answer, in the order of their endpoints. */
export async function runningGateways(env: NodeJS.ProcessEnv): Promise<readonly LocalGateway[]> {
  const folder = localGatewayFolder(env);
  const found: LocalGateway[] = [];
  for (const name of listFolder(folder)) {
    const gateway = /^\d+\.json$/.test(name) ? readGateway(join(folder, name)) : undefined;
    if (gateway !== undefined) found.push(gateway);
  }
  // The number of a process that was killed may belong to another process by now, so the port is tried.
  const answers = found.length > 1 ? await Promise.all(found.map(({ endpoint }) => isListening(endpoint))) : [true];
  return found.filter((_, index) => answers[index]).toSorted((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

/** Undefined for a file that is damaged or whose gateway is gone. */
function readGateway(file: string): LocalGateway | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  let state: Json;
  try {
    state = parseJson(text);
  } catch {
    return undefined;
  }
  if (!isObject(state)) return undefined;
  const pid = state.get("pid");
  const endpoint = state.get("endpoint");
  const region = state.get("region");
  const dataDir = state.get("dataDir");
  const adminCredentialsFile = state.get("adminCredentialsFile");
  if (!(pid instanceof JsonNumber) || !isAlive(Number(pid.text))) return undefined;
  if (typeof endpoint !== "string" || !URL.canParse(endpoint) || typeof region !== "string") return undefined;
  if (typeof dataDir !== "string" || typeof adminCredentialsFile !== "string") return undefined;
  const rootCredentialsFile = state.get("rootCredentialsFile");
  const console = state.get("console");
  return {
    endpoint,
    region,
    dataDir,
    adminCredentialsFile,
    ...(typeof rootCredentialsFile === "string" ? { rootCredentialsFile } : {}),
    ...(typeof console === "string" && URL.canParse(console) ? { console } : {}),
  };
}

export function adminKeys(gateway: LocalGateway): Keys {
  const text = readText(gateway.adminCredentialsFile);
  if (text === undefined) {
    throw new CommandError(
      `cannot read the local gateway's keys in ${gateway.adminCredentialsFile}; copy that file there from the gateway that has it, or use --auth FILE`,
    );
  }
  return parseAuthFile(text, gateway.adminCredentialsFile);
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** `http://127.0.0.1:9000/` and `http://localhost:9000` name the same gateway: all of these are on this machine. */
function isSameUrl(own: string, given: string): boolean {
  if (!URL.canParse(given)) return false;
  const [a, b] = [new URL(own), new URL(given)];
  const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
  const sameHost = a.hostname === b.hostname || (loopback.has(a.hostname) && loopback.has(b.hostname));
  return sameHost && a.protocol === b.protocol && a.port === b.port;
}

function isListening(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = createConnection({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || 80),
      timeout: 1000,
    });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process runs and belongs to another user.
    return errorCode(error) === "EPERM";
  }
}
