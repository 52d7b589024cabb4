import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a secret to a file that only its owner can read (0600): all of it or nothing, and durable before this returns. A file that
 * exists already is replaced, not written into, so its mode does not matter, and a link is not followed.
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const file = openSync(aside, "wx", 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Windows cannot sync a folder. */
export function syncFolder(path: string): void {
  if (process.platform !== "win32") syncFile(path);
}

export function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
