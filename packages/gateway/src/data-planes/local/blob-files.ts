import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DirectorySync, syncFolder } from "./directory-sync.ts";

/** A new folder after so many files: none grows without bound, and concurrent writers share one fsync. */
const filesPerFolder = 4096;

const bootIdForm = /^[0-9a-f]{16,64}$/;

/** `BOOT/0000/32 hex digits`: made here, never from anything a client sent. */
const fileName = /^[0-9a-f]{16,64}\/[0-9]{4,}\/[0-9a-f]{32}$/;

/** A file being written. One of `keep` and `discard` ends it. */
export interface NewFile {
  readonly name: string;
  write(chunks: readonly Buffer[]): Promise<void>;
  /** After it the octets and the name are on the disk. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Immutable files under `root`, one folder per writer (boot id), in it numbered folders.
 * Rejects with the file system's errors.
 */
export class BlobFiles {
  readonly #root: string;
  readonly #bootId: string;
  readonly #sync = new DirectorySync();
  #count = 0;
  #folder: { readonly name: string; readonly made: Promise<unknown> } | undefined;

  constructor(root: string, bootId: string) {
    if (!bootIdForm.test(bootId)) throw new TypeError("a boot id is 16 to 64 lower-case hex digits");
    this.#root = root;
    this.#bootId = bootId;
  }

  async create(): Promise<NewFile> {
    const folder = await this.#currentFolder();
    const name = `${folder}/${randomBytes(16).toString("hex")}`;
    const path = this.#path(name);
    const handle = await open(path, "wx", 0o600);
    return {
      name,
      write: (chunks) => writeAll(handle, chunks),
      keep: async () => {
        try {
          await handle.datasync();
        } finally {
          await handle.close();
        }
        await this.#sync.sync(join(this.#root, folder));
      },
      discard: async () => {
        await handle.close(); // does nothing when `keep` closed it
        await unlinkIfThere(path);
      },
    };
  }

  /** For reading. */
  open(name: string): Promise<FileHandle> {
    return open(this.#path(name), "r");
  }

  async size(name: string): Promise<number> {
    return (await stat(this.#path(name))).size;
  }

  remove(name: string): Promise<void> {
    return unlinkIfThere(this.#path(name));
  }

  /** Moves a file out of the writers' folders, to be looked at by people. Its name under `set-aside` stays what it was. */
  async setAside(name: string): Promise<void> {
    const target = join(this.setAsideFolder, name);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(this.#path(name), target);
  }

  /** In the folder of blobs, because a file is renamed within one file system only. */
  get setAsideFolder(): string {
    return join(this.#root, "set-aside");
  }

  /** Writers other than this one. What is not ours in the folder is never looked into. */
  async otherBoots(): Promise<readonly string[]> {
    return (await foldersIn(this.#root)).filter((name) => bootIdForm.test(name) && name !== this.#bootId);
  }

  /** Names of a writer's files, folder by folder. */
  async *filesOf(bootId: string): AsyncGenerator<readonly string[]> {
    for (const folder of await foldersIn(join(this.#root, bootId))) {
      const files = await readdir(join(this.#root, bootId, folder));
      yield files.map((file) => `${bootId}/${folder}/${file}`).filter((name) => fileName.test(name));
    }
  }

  /** Removes a dead writer's folders that have become empty. */
  async removeEmptyFolders(bootId: string): Promise<void> {
    const top = join(this.#root, bootId);
    for (const folder of await foldersIn(top)) await rmdirIfEmpty(join(top, folder));
    await rmdirIfEmpty(top);
  }

  #path(name: string): string {
    // INVARIANT: no path leaves the root: a name that we cannot have made is not opened, even out of a damaged index.
    if (!fileName.test(name)) throw new Error("not the name of a blob file");
    return join(this.#root, name);
  }

  async #currentFolder(): Promise<string> {
    if (this.#folder === undefined || this.#count % filesPerFolder === 0) {
      const name = `${this.#bootId}/${String(Math.floor(this.#count / filesPerFolder)).padStart(4, "0")}`;
      this.#folder = { name, made: this.#makeFolder(name) };
    }
    this.#count += 1;
    const folder = this.#folder;
    try {
      await folder.made;
    } catch (error) {
      if (this.#folder === folder) this.#folder = undefined;
      throw error;
    }
    return folder.name;
  }

  /** Its own entry and its parent's are durable before a file in it is. */
  async #makeFolder(name: string): Promise<void> {
    await mkdir(join(this.#root, name), { recursive: true, mode: 0o700 });
    await syncFolder(join(this.#root, this.#bootId));
    await syncFolder(this.#root);
  }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  if (whole === undefined) return;
  let at = 0;
  while (at < whole.length) at += (await handle.write(whole, at)).bytesWritten;
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

async function rmdirIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes(codeOf(error))) throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
