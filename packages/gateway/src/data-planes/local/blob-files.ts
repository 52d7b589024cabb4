import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../../ports/store-error.ts";

/** A new folder after so many files: none grows without bound, and concurrent writers share one fsync. */
const filesPerFolder = 4096;

const writerIdForm = /^[0-9a-f]{16,64}$/;

/** `WRITER/0000/32 hex digits`: made here, never from anything a client sent. */
const fileName = /^[0-9a-f]{16,64}\/[0-9]{4,}\/[0-9a-f]{32}$/;

/** A file being written. One of `keep` and `discard` ends it. */
export interface NewFile {
  readonly name: string;
  write(chunks: readonly Buffer[]): Promise<void>;
  /** After it the bytes and the name are on the disk. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Immutable files under `root`, one folder per writer (writer id), in it numbered folders.
 * Rejects with the file system's errors.
 */
export class BlobFiles {
  readonly #root: string;
  readonly #writerId: string;
  readonly #sync = new DirectorySync();
  #count = 0;
  #folder: { readonly name: string; readonly made: Promise<unknown> } | undefined;

  constructor(root: string, writerId: string) {
    if (!writerIdForm.test(writerId)) throw new TypeError("a writer id is 16 to 64 lower-case hex digits");
    this.#root = root;
    this.#writerId = writerId;
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
  async otherWriters(): Promise<readonly string[]> {
    return (await foldersIn(this.#root)).filter((name) => writerIdForm.test(name) && name !== this.#writerId);
  }

  /** Names of a writer's files, folder by folder. */
  async *filesOf(writerId: string): AsyncGenerator<readonly string[]> {
    for (const folder of await foldersIn(join(this.#root, writerId))) {
      const files = await readdir(join(this.#root, writerId, folder));
      yield files.map((file) => `${writerId}/${folder}/${file}`).filter((name) => fileName.test(name));
    }
  }

  /** Removes a dead writer's folders that have become empty. */
  async removeEmptyFolders(writerId: string): Promise<void> {
    const top = join(this.#root, writerId);
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
      const name = `${this.#writerId}/${String(Math.floor(this.#count / filesPerFolder)).padStart(4, "0")}`;
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
    await syncFolder(join(this.#root, this.#writerId));
    await syncFolder(this.#root);
  }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** The pieces go to the file as they are: to join them first would copy each byte once more. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  let left = pieces;
  while (left.length > 0) left = unwritten(left, (await handle.writev(left)).bytesWritten);
}

function unwritten(pieces: readonly Buffer[], written: number): readonly Buffer[] {
  let skipped = 0;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.max(0, written - skipped));
    skipped += piece.length;
    return rest.length === 0 ? [] : [rest];
  });
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function rmdirIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) throw error;
  }
}

/**
 * Makes directory entries durable, one fsync for all who ask while another is running.
 * INVARIANT: an answer comes from an fsync that began after the question.
 */
class DirectorySync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  sync(folder: string): Promise<void> {
    const waiting = this.#next.get(folder);
    if (waiting !== undefined) return waiting;
    const running = this.#running.get(folder);
    if (running === undefined) return this.#start(folder);
    const next = running.then(
      () => this.#follow(folder),
      () => this.#follow(folder),
    );
    this.#next.set(folder, next);
    return next;
  }

  #follow(folder: string): Promise<void> {
    this.#next.delete(folder);
    return this.#start(folder);
  }

  #start(folder: string): Promise<void> {
    const run = syncFolder(folder).finally(() => this.#running.delete(folder));
    this.#running.set(folder, run);
    return run;
  }
}

/** Windows has no such thing: a folder cannot be synced there, and its journal keeps the entry. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
