import { totalmem } from "node:os";
import { boundedCache } from "../../cache/bounded-cache.ts";
import type { BlobFiles } from "./blob-files.ts";
import { readWhole } from "./read-segments.ts";

/** Files up to this are read at once and kept. Bytes. */
export const smallFile = 128 * 1024;
/** Of all that are kept in one process. */
const maxKept = Math.min(80 * 1024 * 1024, totalmem() / 64);
const emptyEntry = 300;

/**
 * Bytes of small blob files, as they are on the disk: what is encrypted stays so. A file is never changed and its name never used again,
 * so nothing here is ever old. Who may read a file follows from the index, which is asked before.
 */
export class SmallFiles {
  readonly #files: BlobFiles;
  readonly #kept = boundedCache<string, Buffer>(
    maxKept,
    (_name, bytes) => ({ own: emptyEntry + bytes.length }),
    "blob files",
  );

  constructor(files: BlobFiles) {
    this.#files = files;
  }

  /** Undefined: it has to be read. */
  kept(name: string): Buffer | undefined {
    return this.#kept.get(name);
  }

  async read(name: string, size: number): Promise<Buffer> {
    const bytes = await readWhole(this.#files, name, size);
    this.#kept.set(name, bytes);
    return bytes;
  }
}
