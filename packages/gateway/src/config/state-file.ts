import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a running gateway says of itself, so that `--local` finds it. No secret stands here, only where they are. */
export interface GatewayState {
  readonly endpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly adminCredentialsFile: string;
  readonly rootCredentialsFile: string;
  readonly pid: number;
  readonly accountId: string;
}

/** Whole or not at all: written aside, then renamed. Mode 0600. */
export function writeStateFile(file: string, state: GatewayState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(aside, `${JSON.stringify(state)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Unless another gateway has written it since. */
export function removeStateFile(file: string, state: GatewayState): void {
  let kept: unknown;
  try {
    kept = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return;
  }
  const own =
    typeof kept === "object" &&
    kept !== null &&
    "pid" in kept &&
    "endpoint" in kept &&
    kept.pid === state.pid &&
    kept.endpoint === state.endpoint;
  if (own) rmSync(file, { force: true });
}
