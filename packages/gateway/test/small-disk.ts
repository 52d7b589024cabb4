import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file system of its own, of so many MiB, for one test. Mounting needs root, or sudo without a password. */
export function smallDisk(mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), "small-disk-"));
  asRoot("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0777`, "s3-credentials-test", folder);
  onTestFinished(() => {
    asRoot("umount", "--lazy", folder);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Of a small disk that no process writes to. */
export function makeReadOnly(folder: string): void {
  asRoot("mount", "-o", "remount,ro", folder);
}

function asRoot(...command: readonly string[]): void {
  const words = process.getuid?.() === 0 ? command : ["sudo", "-n", ...command];
  const [program = "", ...args] = words;
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Another program's file that takes all that is left. Gives its path. */
export function fillUp(folder: string): string {
  const path = join(folder, "of-another-program");
  const file = openSync(path, "a");
  try {
    for (const size of [1024 * 1024, 4096]) {
      const chunk = Buffer.alloc(size, 1);
      for (let full = false; !full;) {
        try {
          if (writeSync(file, chunk) < size) full = true;
        } catch {
          full = true;
        }
      }
    }
  } finally {
    closeSync(file);
  }
  return path;
}
