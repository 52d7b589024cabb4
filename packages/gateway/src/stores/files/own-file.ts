import { lstatSync, readFileSync, type Stats, statSync } from "node:fs";
import { errorCode, StoreError } from "../../ports/store-error.ts";

/** Whether something else than a file has this name: a pipe, a device, a folder. A link is what it leads to; nothing is no other kind. */
export function isOtherKind(path: string): boolean {
  return statsOf(path)?.isFile() === false;
}

/** Of what a link leads to; undefined: nothing is there. A link that leads to itself is a link. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === "ELOOP") return lstatSync(path);
    throw error;
  }
}

/** INVARIANT: asked before a file of the data folder is opened, because whoever opens a pipe waits for a writer, maybe for ever. */
export function refuseOtherKind(path: string): void {
  if (!isOtherKind(path)) return;
  throw new StoreError("corrupt", `${path} is not a file: move it away, and put the file back from a copy`);
}

/** The bytes of a small file of the data folder. Throws `StoreError("corrupt")` when it is no file, or the file system's error. */
export function readOwnFile(path: string): Buffer {
  refuseOtherKind(path);
  return readFileSync(path);
}
