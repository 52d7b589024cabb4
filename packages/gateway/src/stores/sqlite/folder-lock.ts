import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorCode, StoreError } from "../../ports/store-error.ts";
import { openConnection } from "./connection.ts";
import { makePrivateFile } from "./private-file.ts";

export interface FolderLock {
  release(): void;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  ENOENT: "folders cannot be made there",
  ENOTDIR: "a file is in the way",
  EEXIST: "a file of that name is there",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
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

/**
 * Takes a data folder (made with mode 0700 when absent) for this process alone. The lock is SQLite's own on `lock.db`, held by an open
 * exclusive transaction: the kernel releases it when the process ends, however it ends, so there is no stale lock file. Rejects with
 * `StoreError("conflict")` when another has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const root = resolve(folder);
  await makeFolder(root).catch((cause: unknown) => {
    const code = errorCode(cause) ?? "";
    const why = reasons[code] ?? (code || String(cause));
    throw new StoreError("conflict", `cannot make the data folder ${root}: ${why}; choose another with --data`, {
      cause,
    });
  });
  const path = join(root, "lock.db");
  await makePrivateFile(path);
  const connection = openConnection(path);
  try {
    connection.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    connection.close();
    if (cause instanceof StoreError && cause.kind === "unavailable") {
      throw new StoreError(
        "conflict",
        `the data folder ${root} is in use by another gateway; stop that one, or choose another folder with --data`,
        { cause },
      );
    }
    throw cause;
  }
  return { release: () => connection.close() };
}
