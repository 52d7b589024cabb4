import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { errorCode, StoreError } from "../ports/store-error.ts";
import { lockFolder } from "../stores/sqlite/folder-lock.ts";
import { UsageError } from "./parse-console-config.ts";

/** `message` is one line: what, why, what to do. `usage-error`: an option is wrong. */
export interface Refused {
  readonly kind: "refused" | "usage-error";
  readonly message: string;
}

/**
 * For `work` on a data folder while no gateway runs on it. What the operator can do something about is a value. `check` throws a `StoreError`
 * when it is the wrong folder, before anything is made in it.
 */
export function onStoppedFolder<T>(
  dataDir: string,
  check: (dataDir: string) => void,
  work: (dataDir: string) => Promise<T>,
): Promise<T | Refused> {
  return onOwnFolder(dataDir, async (folder) => {
    check(folder);
    const lock = await lockFolder(folder);
    try {
      return await work(folder);
    } finally {
      lock.release();
    }
  });
}

/** For `work` on a data folder of the user who runs this, whether a gateway runs on it or not. */
export async function onOwnFolder<T>(dataDir: string, work: (dataDir: string) => Promise<T>): Promise<T | Refused> {
  const folder = resolve(dataDir);
  try {
    refuseOtherOwner(folder);
    return await work(folder);
  } catch (error) {
    if (error instanceof UsageError) return { kind: "usage-error", message: error.message };
    if (error instanceof StoreError) {
      const whatToDo = error.kind === "full" ? "; free space, then run this again" : "";
      return { kind: "refused", message: `${error.message}${whatToDo}` };
    }
    const code = errorCode(error);
    if (code !== "EACCES" && code !== "EPERM") throw error;
    const message = `cannot use ${folder}: no permission (${code}); run this as the user who runs the gateway`;
    return { kind: "refused", message };
  }
}

function refuseOtherOwner(dataDir: string): void {
  if (!existsSync(dataDir))
    throw new StoreError("conflict", `${dataDir} does not exist: give the --data folder of a gateway`);
  const found = statSync(dataDir);
  if (!found.isDirectory())
    throw new StoreError("conflict", `${dataDir} is not a folder: give the --data folder of a gateway`);
  const { uid } = found;
  const own = process.getuid?.() ?? uid;
  if (own === uid) return;
  throw new StoreError(
    "conflict",
    `${dataDir} belongs to the user with id ${uid}, and this is run by ${own}: run it as the user who runs the gateway, who could not read files of another`,
  );
}

export function refuseWithoutDirectory(dataDir: string): void {
  if (existsSync(join(dataDir, "directory.db"))) return;
  throw new StoreError(
    "conflict",
    `${dataDir} is not the data folder of a gateway, because it has no directory.db: give another with --data`,
  );
}
