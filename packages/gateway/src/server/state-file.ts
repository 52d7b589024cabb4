import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "../stores/files/private-write.ts";
import { errorCode } from "../ports/store-error.ts";

/** A running gateway describes itself here, so that `--local` finds it. It has no secrets, only the paths of the files that have them. */
export interface GatewayState {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  readonly rootCredentialsFile: string;
  /** Address of the console; absent when there is none. */
  readonly console?: string;
  readonly pid: number;
  readonly accountId: string;
}

/** One file for each process, so that no gateway writes or removes the file of another one that runs. */
function fileOf(folder: string, pid: number): string {
  return join(folder, `${pid}.json`);
}

/** Also removes the files of gateways that have ended without removing their own. */
export function writeStateFile(folder: string, state: GatewayState): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  sweep(folder);
  writePrivateFile(fileOf(folder, state.pid), `${JSON.stringify(state)}\n`);
}

export function removeStateFile(folder: string, { pid }: GatewayState): void {
  rmSync(fileOf(folder, pid), { force: true });
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^(\d+)\.json$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return errorCode(error) === "EPERM";
  }
}
