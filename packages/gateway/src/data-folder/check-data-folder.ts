import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import { type DatabaseMark, moveCommand, readDatabaseMark, unfinishedMove } from "./database-mark.ts";

/**
 * Refuses a data folder that has been in use and whose directory is not in it: a first start would make another account, and the
 * existing objects would belong to nobody; and what is left of a directory that was moved is older than what counts. The key file is made
 * after directory.db, so an interrupted first start is not refused.
 */
export function checkDataFolder(dataDir: string): void {
  const mark = readDatabaseMark(dataDir);
  if (mark !== undefined) throw elsewhere(dataDir, mark);
  const path = join(dataDir, "directory.db");
  const left = ["keyfile", "admin-credentials", "objects.db"].filter((name) => existsSync(join(dataDir, name)));
  if (left[0] === undefined || (existsSync(path) && statSync(path).size > 0)) return;
  // What the folder of one more gateway on a database begins with.
  const orShared = left.join() === "keyfile" ? ", or give --database if the gateway is one of several on it" : "";
  throw new StoreError(
    "conflict",
    `${path} is ${existsSync(path) ? "empty" : "gone"}, but ${left[0]} is there: put it back from a copy, or start with another --data folder${orShared}`,
  );
}

function elsewhere(dataDir: string, { state, database }: DatabaseMark): StoreError {
  if (state === "moving") return unfinishedMove(dataDir, database);
  const why = `the directory of ${dataDir} is in the database ${database}: give --database`;
  if (state === "used") return new StoreError("conflict", `${why}, or another --data folder`);
  return new StoreError(
    "conflict",
    `${why}, or take it back, as long as nothing was changed there, with: ${moveCommand(dataDir, " --undo")}`,
  );
}
