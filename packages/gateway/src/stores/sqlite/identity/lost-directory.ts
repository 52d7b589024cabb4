import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../../ports/store-error.ts";

/**
 * Refuses a data folder that has been in use and has lost its directory: a first start would make another account, and nobody would
 * own what is there. The key file is made after the directory, so a start that broke off leaves no such folder.
 */
export function refuseLostDirectory(dataDir: string): void {
  const path = join(dataDir, "directory.db");
  const left = ["keyfile", "admin-credentials", "objects.db"].find((name) => existsSync(join(dataDir, name)));
  if (left === undefined || (existsSync(path) && statSync(path).size > 0)) return;
  throw new StoreError(
    "conflict",
    `${path} is ${existsSync(path) ? "empty" : "gone"}, but ${left} is there: put it back from a copy, or start with another --data folder`,
  );
}
