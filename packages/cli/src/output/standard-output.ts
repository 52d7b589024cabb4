import { fstatSync, fsyncSync, readSync, statSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";

/** `discarded`: the user sent it to /dev/null. */
export type OutputState = "open" | "closed" | "discarded";

/**
 * What becomes of text on standard output, as far as it can be known before writing. Node opens /dev/null in place of a
 * descriptor that was closed (`>&-`), for reading and writing; a shell opens `> /dev/null` for writing alone.
 */
export function outputState(stdout: Writable): OutputState {
  if (!stdout.writable) return "closed";
  const fd = descriptorOf(stdout);
  if (fd === undefined) return "open";
  try {
    const found = fstatSync(fd);
    if (!found.isCharacterDevice() || found.rdev !== statSync("/dev/null").rdev) return "open";
  } catch {
    return "open";
  }
  try {
    readSync(fd, Buffer.alloc(1));
    return "closed";
  } catch {
    return "discarded";
  }
}

/** Writes everything or fails: a full disk accepts a part of a text without an error, and a stream of Node does not notice. */
export function writeAll(stdout: Writable, text: string | Uint8Array): Promise<void> {
  const file = regularFile(stdout);
  if (file !== undefined) {
    return new Promise((resolve) => {
      const bytes = Buffer.from(text);
      for (let sent = 0; sent < bytes.length;) sent += writeSync(file, bytes, sent);
      resolve();
    });
  }
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Some file systems report only here that there was no room. */
export function flushOutput(stdout: Writable): void {
  const file = regularFile(stdout);
  if (file !== undefined) fsyncSync(file);
}

function regularFile(stdout: Writable): number | undefined {
  const fd = descriptorOf(stdout);
  return fd !== undefined && fstatSync(fd).isFile() ? fd : undefined;
}

function descriptorOf(stdout: Writable): number | undefined {
  return "fd" in stdout && typeof stdout.fd === "number" ? stdout.fd : undefined;
}
