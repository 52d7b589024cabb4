import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isObject, type Json, JsonNumber, parseJson } from "../input/json.ts";
import { CommandError } from "../output/failures.ts";
import { type Keys, parseAuthFile } from "./auth-file.ts";

/** What the running gateway writes about itself. */
export interface LocalGateway {
  readonly endpoint: string;
  readonly region: string;
  readonly adminCredentialsFile: string;
}

const startIt = "start it with: s3-credentials serve";

export function localGatewayFile(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return join(state, "s3-credentials", "gateway.json");
}

/** The gateway that runs on this machine now; a left-over file of one that died counts as none. */
export function findLocalGateway(env: NodeJS.ProcessEnv): LocalGateway {
  const file = localGatewayFile(env);
  const text = readText(file);
  if (text === undefined) throw new CommandError(`no local gateway is running; ${startIt}`);
  const damaged = new CommandError(`${file} does not describe a gateway; ${startIt}`);
  let state: Json;
  try {
    state = parseJson(text);
  } catch {
    throw damaged;
  }
  if (!isObject(state)) throw damaged;
  const pid = state.get("pid");
  const [endpoint, region, adminCredentialsFile] = ["endpoint", "region", "adminCredentialsFile"].map((name) =>
    state.get(name),
  );
  if (typeof endpoint !== "string" || typeof region !== "string" || typeof adminCredentialsFile !== "string")
    throw damaged;
  if (!(pid instanceof JsonNumber) || !isAlive(Number(pid.text)))
    throw new CommandError(`the local gateway is not running any more; ${startIt}`);
  return { endpoint, region, adminCredentialsFile };
}

export function adminKeys(gateway: LocalGateway): Keys {
  const text = readText(gateway.adminCredentialsFile);
  if (text === undefined) {
    throw new CommandError(
      `cannot read the local gateway's keys in ${gateway.adminCredentialsFile}; use --auth FILE, or ${startIt}`,
    );
  }
  return parseAuthFile(text, gateway.adminCredentialsFile);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
