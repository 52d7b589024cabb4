import { accessSync, constants, existsSync, lstatSync, readdirSync, realpathSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { type BackupCounts, type BackupParts, backUp } from "../backup/back-up.ts";
import { readDatabaseMark, unfinishedMove } from "../data-folder/database-mark.ts";
import { errorCode, isDiskFullError, StoreError } from "../ports/store-error.ts";
import { systemReason } from "../ports/system-reason.ts";
import { syncFolder } from "../stores/files/private-write.ts";
import { lockFolder } from "../stores/sqlite/folder-lock.ts";
import { onOwnFolder, type Refused, refuseWithoutDirectory } from "./stopped-folder.ts";

export type BackupRequest = Omit<BackupParts, "hasDirectory">;

export interface BackedUp extends BackupCounts {
  readonly kind: "backed-up";
  /** The PostgreSQL that has the directory, if one has. */
  readonly database: string | undefined;
}

/**
 * Copies a data folder to `target`, which is there only when all of it is. Until then it is a folder beside it, whose name says that it is
 * not finished, and which the next backup to the same target begins anew.
 */
export function backUpFolder(request: BackupRequest): Promise<BackedUp | Refused> {
  const target = resolve(request.target);
  return onOwnFolder(request.dataDir, async (dataDir) => {
    refuseReadOnly(dataDir);
    const database = otherDirectory(dataDir);
    if (database === undefined) refuseWithoutDirectory(dataDir);
    refuseTarget(dataDir, target);
    refusePrevious(request.previous);
    const hasDirectory = database === undefined;
    const counts = await intoNewFolder(target, (folder) =>
      backUp({ ...request, dataDir, target: folder, hasDirectory }),
    );
    return { kind: "backed-up", ...counts, database };
  });
}

/** SQLite needs to write beside a database to read it. Nobody changes such a folder, so that each of its files is what the others say. */
function refuseReadOnly(dataDir: string): void {
  try {
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== "EROFS") throw error;
    throw new StoreError(
      "conflict",
      `the file system of ${dataDir} is read-only: copy the folder as it is, with cp -a`,
    );
  }
}

function otherDirectory(dataDir: string): string | undefined {
  const mark = readDatabaseMark(dataDir);
  if (mark?.state === "moving") throw unfinishedMove(dataDir, mark.database);
  return mark?.database;
}

function refuseTarget(dataDir: string, target: string): void {
  const parent = dirname(target);
  if (!existsSync(parent))
    throw new StoreError("conflict", `${parent} does not exist: make it first, or give another --to`);
  if (existsSync(target))
    throw new StoreError("conflict", `${target} exists: give a name with --to that is not there yet`);
  if (`${realpathSync(parent)}${sep}`.startsWith(`${realpathSync(dataDir)}${sep}`))
    throw new StoreError("conflict", `${target} is in the data folder: give another --to`);
}

function refusePrevious(previous: string | undefined): void {
  if (previous !== undefined && !existsSync(join(previous, "objects.db")))
    throw new StoreError("conflict", `${previous} is no backup, because it has no objects.db: give another --previous`);
}

async function intoNewFolder<T>(target: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const folder = `${target}.incomplete`;
  try {
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== "EEXIST") throw error;
      refuseOtherFolder(folder);
    });
    const lock = await lockFolder(folder, { waitMs: 0 }).catch((cause: unknown) => {
      throw new StoreError("conflict", `another backup to ${target} is under way: give another --to`, { cause });
    });
    try {
      await empty(folder);
      const result = await fill(folder);
      await rename(folder, target);
      syncFolder(dirname(target));
      return result;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      lock.release();
    }
  } catch (error) {
    throw failure(target, error);
  }
}

/**
 * INVARIANT: what is emptied and filled with secrets is what a backup left that was cut off: it is reached by no link, and nobody else can
 * change what is in it.
 */
function refuseOtherFolder(folder: string): void {
  const found = lstatSync(folder);
  const isPrivate = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
  const names = found.isDirectory() && isPrivate ? readdirSync(folder) : undefined;
  if (names?.length === 0 || names?.includes("lock.db")) return;
  throw new StoreError(
    "conflict",
    `${folder} is in the way, and is not what a backup left: move it away, or give another --to`,
  );
}

/** What a backup left that was cut off. */
async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== "lock.db") await rm(join(folder, name), { recursive: true });
}

function failure(target: string, error: unknown): unknown {
  if (isDiskFullError(error) || (error instanceof StoreError && error.kind === "full"))
    return new StoreError("conflict", `the disk of ${target} is full: free space there, or give another --to`, {
      cause: error,
    });
  const reason = systemReason(error);
  if (reason === undefined) return error;
  const path = error instanceof Error && "path" in error ? ` at ${String(error.path)}` : "";
  return new StoreError("unavailable", `cannot back up to ${target}: ${reason}${path}`, {
    cause: error,
  });
}
