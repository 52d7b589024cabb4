import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import { openConnection } from "./connection.ts";
import { makePrivateFile } from "./private-file.ts";

export interface FolderLock {
  release(): void;
}

/**
 * Takes a data folder (made with mode 0700 when absent) for this process alone. The lock is SQLite's own on `lock.db`,
 * held by an open exclusive transaction: the kernel lets go of it when the process ends, however it ends, and no stale
 * file is left to be judged. Rejects with `StoreError("conflict")` when another has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const root = resolve(folder);
  await mkdir(root, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new StoreError("unavailable", `cannot make the data folder ${root}`, { cause });
  });
  const path = join(root, "lock.db");
  await makePrivateFile(path);
  const connection = openConnection(path);
  try {
    connection.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    connection.close();
    if (cause instanceof StoreError && cause.kind === "unavailable") {
      throw new StoreError("conflict", `the data folder ${root} is in use by another gateway`, { cause });
    }
    throw cause;
  }
  return { release: () => connection.close() };
}
