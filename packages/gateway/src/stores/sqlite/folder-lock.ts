import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, StoreError } from "../../ports/store-error.ts";
import { systemReason } from "../../ports/system-reason.ts";
import { type Connection, isBusy, openConnection } from "./connection.ts";
import { makePrivateFile } from "./private-file.ts";

export interface FolderLock {
  release(): void;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "folders cannot be made there",
  ENOTDIR: "a file is in the way",
  EEXIST: "a file of that name is there",
};

/** One level at a time: `recursive` of Node never ends where a folder may not be made, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

/** The workers of a gateway that was killed end by themselves. */
const defaultWaitMs = 10_000;
const retryMs = 50;

export interface LockOptions {
  /** Processes may join. */
  readonly shared?: boolean;
  /** How long it waits for processes that joined an earlier gateway. */
  readonly waitMs?: number;
}

/**
 * Takes a data folder (made with mode 0700 when absent) for this process alone. The lock is SQLite's own on `lock.db`, held by an open
 * transaction: the kernel releases it when the process ends, however it ends, so there is no stale lock file. Rejects with
 * `StoreError("conflict")` when another has it.
 */
export async function lockFolder(folder: string, options: LockOptions = {}): Promise<FolderLock> {
  const { shared = false, waitMs = defaultWaitMs } = options;
  const root = resolve(folder);
  await makeFolder(root).catch((cause: unknown) => {
    const why = reasons[errorCode(cause) ?? ""] ?? systemReason(cause) ?? String(cause);
    throw new StoreError("conflict", `cannot make the data folder ${root}: ${why}; choose another with --data`, {
      cause,
    });
  });
  const path = lockFile(root);
  await makePrivateFile(path);
  const connection = openConnection(path);
  try {
    await lock(connection, root, waitMs);
    if (shared) {
      // The lock of a writer lets readers in, and no other writer.
      connection.exec("ROLLBACK");
      take(connection, "IMMEDIATE", root);
    }
  } catch (cause) {
    connection.close();
    throw cause;
  }
  return { release: () => connection.close() };
}

/** A lock that others of the folder's own processes have too. The next gateway begins when the last of them has ended. */
export function joinFolderLock(folder: string): FolderLock {
  const connection = openConnection(lockFile(resolve(folder)));
  connection.exec("BEGIN");
  connection.get("SELECT count(*) FROM sqlite_master", [], () => true); // takes the lock
  return {
    release: () => {
      // libsql closes a database only when the statements of it have been collected.
      connection.exec("ROLLBACK");
      connection.close();
    },
  };
}

function lockFile(root: string): string {
  return join(root, "lock.db");
}

/** INVARIANT: no process that joined an earlier gateway is left: it could write files that nobody would ever look at. */
async function lock(connection: Connection, root: string, waitMs: number): Promise<void> {
  for (let waited = 0; ; waited += retryMs) {
    if (isTaken(connection, "EXCLUSIVE")) return;
    take(connection, "IMMEDIATE", root);
    connection.exec("ROLLBACK");
    if (waited >= waitMs)
      throw new StoreError(
        "conflict",
        `the data folder ${root} is in use by worker processes of a gateway that has ended; end them too, or choose another folder with --data`,
      );
    await sleep(retryMs);
  }
}

function take(connection: Connection, kind: "IMMEDIATE" | "EXCLUSIVE", root: string): void {
  if (isTaken(connection, kind)) return;
  throw new StoreError(
    "conflict",
    `the data folder ${root} is in use by another gateway; stop that one, or choose another folder with --data`,
  );
}

/** False: another process has a lock that does not go with this one. */
function isTaken(connection: Connection, kind: "IMMEDIATE" | "EXCLUSIVE"): boolean {
  try {
    connection.exec(`BEGIN ${kind}`);
    return true;
  } catch (cause) {
    if (isBusy(cause)) return false;
    throw cause;
  }
}
