import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Puts a text in place of a file. INVARIANT: readers find the old file or the new one, never a part of either, also after a
 * loss of power; only the user may read it (0600).
 */
export function replaceFile(target: string, text: string, encoding: BufferEncoding = "utf8"): void {
  const temporary = `${target}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(temporary, text, { encoding, mode: 0o600, flag: "wx" });
    // The mode given to `writeFileSync` is cut by the process's mask.
    chmodSync(temporary, 0o600);
    const written = openSync(temporary, "r");
    try {
      fsyncSync(written);
    } finally {
      closeSync(written);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
