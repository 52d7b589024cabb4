import { randomBytes } from "node:crypto";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Room for the write-ahead logs of both databases, and for a good many deletions. */
export const reserveSize = 16 * 1024 * 1024;

const chunkSize = 1024 * 1024;

/**
 * A file that only takes space. It is removed when the disk is full, so that rights and objects can still be deleted
 * then, and made again when there is space.
 */
export class DiskReserve {
  readonly #path: string;
  #filled: boolean;
  #releasing: Promise<void> | undefined;
  #releases = 0;

  private constructor(path: string, filled: boolean) {
    this.#path = path;
    this.#filled = filled;
  }

  static async open(dataDir: string): Promise<DiskReserve> {
    return new DiskReserve(reserveFile(dataDir), await isReserveFilled(dataDir));
  }

  get filled(): boolean {
    return this.#filled;
  }

  release(): Promise<void> {
    this.#filled = false;
    this.#releases += 1;
    this.#releasing ??= rm(this.#path, { force: true }).finally(() => (this.#releasing = undefined));
    return this.#releasing;
  }

  /** Random bytes: a file system that compresses would give zeros no space. Rejects when they do not fit, and leaves nothing. */
  async fill(): Promise<void> {
    await this.release();
    const releases = this.#releases;
    const file = await open(this.#path, "wx", 0o600);
    try {
      const chunk = randomBytes(chunkSize);
      for (let written = 0; written < reserveSize;)
        written += (await file.write(chunk, 0, Math.min(chunkSize, reserveSize - written))).bytesWritten;
      this.#filled = releases === this.#releases; // the disk may have become full while this file grew
    } finally {
      await file.close();
      if (!this.#filled) await rm(this.#path, { force: true });
    }
  }
}

/** For those whose reserve it is not. */
export async function isReserveFilled(dataDir: string): Promise<boolean> {
  const size = await stat(reserveFile(dataDir)).then(
    (found) => found.size,
    () => 0,
  );
  return size === reserveSize;
}

function reserveFile(dataDir: string): string {
  return join(dataDir, "reserve");
}
