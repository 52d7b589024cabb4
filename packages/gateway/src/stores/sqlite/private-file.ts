import { chmod, open } from "node:fs/promises";
import { errorCode, StoreError } from "../../ports/store-error.ts";
import { systemReason } from "../../ports/system-reason.ts";
import { refuseOtherKind } from "../files/own-file.ts";

/**
 * Makes a database file readable by its owner alone, before SQLite opens it; the WAL and the shared memory file take
 * over its mode. An existing file is never opened here: closing any descriptor of it would drop SQLite's POSIX locks.
 */
export async function makePrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, "ax", 0o600);
    await file.close();
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw unavailable(path, cause);
    refuseOtherKind(path);
    await chmod(path, 0o600).catch((cause: unknown) => {
      throw unavailable(path, cause);
    });
  }
}

function unavailable(path: string, cause: unknown): StoreError {
  return new StoreError("unavailable", `cannot make ${path} private: ${systemReason(cause) ?? String(cause)}`, {
    cause,
  });
}
