import { fieldsOf } from "@s3-credentials/policy/parse";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode, StoreError } from "../ports/store-error.ts";
import { readOwnFile } from "../stores/files/own-file.ts";
import { syncFolder, writePrivateFile } from "../stores/files/private-write.ts";

/** Says of a data folder that its directory is in a PostgreSQL, so that nobody serves it without. */
export interface DatabaseMark {
  /**
   * `moving`: the directory of the folder is on its way there, or back, and which of the two counts is not known. `moved`: it counts
   * there, and directory.db in the folder is what it was before. `used`: the gateway never had another.
   */
  readonly state: (typeof states)[number];
  /** As the operator knows it, without a secret. */
  readonly database: string;
}

const states = ["moving", "moved", "used"] as const;

function markFile(dataDir: string): string {
  return join(dataDir, "database.json");
}

export function readDatabaseMark(dataDir: string): DatabaseMark | undefined {
  const path = markFile(dataDir);
  try {
    return markOf(JSON.parse(readOwnFile(path).toString()));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    if (!(cause instanceof SyntaxError) && !(cause instanceof TypeError)) throw cause;
    throw new StoreError("conflict", `${path} is damaged: put it back from a copy`, { cause });
  }
}

function markOf(json: unknown): DatabaseMark {
  const { state, database } = fieldsOf(json);
  const known = states.find((one) => one === state);
  if (known === undefined || typeof database !== "string") throw new TypeError("not a mark");
  return { state: known, database };
}

export function writeDatabaseMark(dataDir: string, { state, database }: DatabaseMark): void {
  writePrivateFile(markFile(dataDir), `${JSON.stringify({ state, database })}\n`);
}

export function removeDatabaseMark(dataDir: string): void {
  rmSync(markFile(dataDir), { force: true });
  syncFolder(dataDir);
}

/** What the command is for `dataDir`. */
export function moveCommand(dataDir: string, undo = ""): string {
  return `s3-credentials migrate-directory --data ${dataDir} --database URL${undo}`;
}

/** Why the folder cannot be used while a move of it was not finished. */
export function unfinishedMove(dataDir: string, database: string): StoreError {
  return new StoreError(
    "conflict",
    `the move of the directory of ${dataDir} into the database ${database}, or back, was cut off: finish it with: ${moveCommand(dataDir)}, or take it back with the same and --undo`,
  );
}
