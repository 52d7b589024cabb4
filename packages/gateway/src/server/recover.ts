import { acceptParts, readParts, refuseMixedParts } from "../data-folder/folder-parts.ts";
import { checkDataFolder } from "../data-folder/check-data-folder.ts";
import { countSealedBodies } from "../data-planes/local/inspect-index.ts";
import { StoreError } from "../ports/store-error.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import { directoryFile } from "./folder-databases.ts";
import { type RecoveredKeys, type RecoverOptions, recoverKeys } from "./recover-keys.ts";
import { onStoppedFolder, type Refused, refuseWithoutDirectory } from "./stopped-folder.ts";

export interface RecoverFolderOptions extends RecoverOptions {
  /** Lets the next start take directory.db, objects.db and blobs as they are. */
  readonly acceptParts: boolean;
}

export interface Recovered extends RecoveredKeys {
  /** Why the gateway will not start yet; undefined: it can start. */
  readonly mixedParts: string | undefined;
}

/** Gives the owner of a data folder administrator keys again. No gateway may run on the folder. */
export function recoverFolder(options: RecoverFolderOptions): Promise<Recovered | Refused> {
  const check = (dataDir: string): void => {
    checkDataFolder(dataDir);
    refuseWithoutDirectory(dataDir);
  };
  return onStoppedFolder(options.dataDir, check, (dataDir) => recoverLocked({ ...options, dataDir }));
}

async function recoverLocked(options: RecoverFolderOptions): Promise<Recovered> {
  const { dataDir } = options;
  const database = await openAsyncDatabase(directoryFile(dataDir), { checked: true });
  try {
    const keys = await recoverKeys(database, options, {
      place: dataDir,
      restore: "put it back from a copy",
      otherThings: () => {
        const sealed = countSealedBodies(dataDir);
        return sealed === 0 ? " and objects" : ` and objects that are not encrypted with it (${sealed} bodies are)`;
      },
    });
    if (options.acceptParts) await acceptParts(dataDir, database);
    return { ...keys, mixedParts: await mixedParts(dataDir, database) };
  } finally {
    await database.close();
  }
}

async function mixedParts(dataDir: string, { reader }: DirectoryDatabase): Promise<string | undefined> {
  try {
    refuseMixedParts(dataDir, await readParts(dataDir, reader));
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}
