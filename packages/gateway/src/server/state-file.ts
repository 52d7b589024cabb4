import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A running gateway describes itself here, so that `--local` finds it. It has no secrets, only the paths of the files that have them. */
export interface GatewayState {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  readonly rootCredentialsFile: string;
  readonly pid: number;
  readonly accountId: string;
}

/** One file for each process: nobody writes or removes the file of another gateway that runs. */
function fileOf(folder: string, pid: number): string {
  return join(folder, `${pid}.json`);
}

/** Whole or not at all: written aside, then renamed. Mode 0600. Files of gateways that died are swept. */
export function writeStateFile(folder: string, state: GatewayState): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  sweep(folder);
  const aside = join(folder, `.${randomBytes(6).toString("hex")}`);
  try {
    writeFileSync(aside, `${JSON.stringify(state)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(aside, fileOf(folder, state.pid));
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
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
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
