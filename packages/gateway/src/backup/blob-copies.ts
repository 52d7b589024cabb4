import { link, lstat, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../ports/store-error.ts";
import { isOtherKind } from "../stores/files/own-file.ts";
import { syncFolder } from "../stores/files/private-write.ts";
import { copyToDisk } from "./copy-file.ts";

export interface BlobFolders {
  readonly source: string;
  readonly target: string;
  /** Of an earlier backup on the file system of the target. */
  readonly previous: string | undefined;
}

/** `gone`: the source has no such file. `unreadable`: it is no file, or the disk does not give its bytes. */
export type Taken = "taken" | "gone" | "unreadable";

/** Reasons for which a file system makes no hard link of a file that is there. EMLINK: there are too many of this file. */
const noLinkHere = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Blob files by their names, as hard links where the file systems allow it, because a blob file is never changed; else as copies. Rejects
 * with the file system's error when the target cannot take one.
 */
export class BlobCopies {
  readonly #folders: BlobFolders;
  /** Folders of the target that were made. */
  readonly #made = new Set<string>();
  linked = 0;
  copied = 0;

  constructor(folders: BlobFolders) {
    this.#folders = folders;
  }

  async take(name: string): Promise<Taken> {
    const { source, previous, target } = this.#folders;
    const [from, to] = [join(source, name), join(target, name)];
    if (isOtherKind(from)) return "unreadable";
    await this.#makeFolder(dirname(to));
    const linked = await this.#link(from, to);
    if (linked !== "impossible") return linked;
    if (previous !== undefined && (await this.#linkSame(join(previous, name), from, to))) return "taken";
    return this.#copy(from, to);
  }

  async #link(from: string, to: string): Promise<Taken | "impossible"> {
    try {
      await link(from, to);
      this.linked += 1;
      return "taken";
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (code === "EEXIST") return "taken"; // by an earlier pass
      if (code === "ENOENT") return "gone";
      if (noLinkHere.has(code)) return "impossible";
      throw error;
    }
  }

  /** A name is never used for other bytes, so a file of the same name and size is the same. */
  async #linkSame(earlier: string, from: string, to: string): Promise<boolean> {
    const [one, other] = await Promise.all([sizeOf(earlier), sizeOf(from)]);
    return one !== undefined && one === other && (await this.#link(earlier, to)) === "taken";
  }

  async #copy(from: string, to: string): Promise<Taken> {
    try {
      await copyToDisk(from, to);
      this.copied += 1;
      return "taken";
    } catch (error) {
      const code = errorCode(error);
      if (code === "EEXIST") return "taken";
      await rm(to, { force: true });
      if (code === "ENOENT") return "gone";
      if (code === "EIO" && !(await isReadable(from))) return "unreadable";
      throw error;
    }
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    await mkdir(path, { recursive: true, mode: 0o700 });
    this.#made.add(path);
  }

  /** After it the names of all that was taken are on the disk. */
  sync(): void {
    const folders = new Set([...this.#made].flatMap((path) => [path, dirname(path)]));
    for (const path of [...folders, this.#folders.target]) syncFolder(path);
  }
}

/** Undefined: there is no such file. A link is none, because what it leads to may change. */
async function sizeOf(path: string): Promise<number | undefined> {
  return lstat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}

/** An error of reading and one of writing look alike. */
async function isReadable(path: string): Promise<boolean> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(1024 * 1024);
      while ((await file.read(buffer)).bytesRead > 0);
      return true;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
