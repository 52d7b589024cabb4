import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../ports/store-error.ts";

/**
 * Refuses a data folder that has been in use and whose directory.db is gone: a first start would make another account, and the
 * existing objects would belong to nobody. The key file is made after directory.db, so an interrupted first start is not refused.
 */
export function checkDataFolder(dataDir: string): void {
  const path = join(dataDir, "directory.db");
  const left = ["keyfile", "admin-credentials", "objects.db"].find((name) => existsSync(join(dataDir, name)));
  if (left === undefined || (existsSync(path) && statSync(path).size > 0)) return;
  throw new StoreError(
    "conflict",
    `${path} is ${existsSync(path) ? "empty" : "gone"}, but ${left} is there: put it back from a copy, or start with another --data folder`,
  );
}
