import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "./file-error.ts";
import { CommandError } from "../command-line/failures.ts";

/** Milliseconds. The work under a lock takes a few of them, so an older lock was left behind. */
const abandonedAfter = 10_000;
const maxWait = 30_000;

interface LockOwner {
  readonly host: string;
  readonly pid: number;
}

/**
 * Does the work while no other process that asks for the same lock does its own. The lock is a file that names its process;
 * the file of a process that is gone is removed.
 * INVARIANT: `work` is synchronous, so a lock is held for milliseconds.
 */
export async function withFileLock<T>(lock: string, work: () => T): Promise<T> {
  for (let waited = 0; !take(lock); waited += 20) {
    if (waited >= maxWait)
      throw new CommandError(`${lock} is held by another process; delete that file if no s3-credentials is running`);
    removeAbandoned(lock);
    await sleep(20);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    const owner: LockOwner = { host: hostname(), pid: process.pid };
    writeFileSync(lock, JSON.stringify(owner), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Under a lock of its own: of two that see the same abandoned lock, the slower must not remove the lock of the faster. */
function removeAbandoned(lock: string): void {
  if (!isAbandoned(lock)) return;
  const guard = `${lock}.remove`;
  if (!take(guard)) {
    if (isAbandoned(guard)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isAbandoned(lock)) rmSync(lock, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function isAbandoned(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > abandonedAfter) return true;
    const { host, pid } = JSON.parse(readFileSync(lock, "utf8")) as LockOwner;
    return host === hostname() && !isRunning(pid);
  } catch (error) {
    // It is gone, or its owner is writing it.
    if (errorCode(error) === "ENOENT" || error instanceof SyntaxError) return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
