import { randomBytes } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { lstat, mkdir, open, realpath, rm, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command-line/failures.ts";
import { errorCode } from "../files/file-error.ts";
import { makeFolder } from "../files/make-folder.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { keyPath } from "./key-path.ts";

/** Where one key is saved. `release` gives the place back, once the file is there or will not be. */
export type Place =
  | { readonly kind: "file"; readonly target: Target; readonly release: () => void }
  | { readonly kind: "folder" }
  | { readonly kind: "refused"; readonly reason: string };

export interface Target {
  readonly path: string;
  /** The folder it is in, for the temporary file. */
  readonly folder: string;
  /** Permissions of the file that is replaced. */
  readonly mode?: number;
}

/** Folders whose way was looked at are remembered, so many. */
const rememberedFolders = 1000;

class Refusal extends Error {}

/** The folder objects are downloaded to. Nothing is ever written outside, whatever the keys and the links in it. */
export class OutputFolder {
  readonly #root: string;
  readonly #began: bigint;
  readonly #folders = new Map<string, string>();
  readonly #paths = new KeyedMutex();

  private constructor(root: string, began: bigint) {
    this.#root = root;
    this.#began = began;
  }

  /** Makes the folder when it is missing. */
  static async open(path: string): Promise<OutputFolder> {
    try {
      makeFolder(path);
      const root = await realpath(path);
      return new OutputFolder(root, await timeAfterAll(root));
    } catch (error) {
      throw new CommandError(`cannot write to the folder ${path} (${errorCode(error) ?? "failed"})`, { cause: error });
    }
  }

  /**
   * Finds the place of a key, and makes the folders it needs. Called for one key after the other, so of two keys that
   * cannot both be saved (`a` and `a/b`) it is always the later one that is refused.
   */
  async place(key: string): Promise<Place> {
    const path = keyPath(key);
    if (path.kind === "refused") return path;
    try {
      if (path.kind === "folder") {
        await this.#folder(path.folders);
        return { kind: "folder" };
      }
      const name = lockName([...path.folders, path.name]);
      await this.#paths.free(name);
      const target = await this.#target(await this.#folder(path.folders), path.name);
      return { kind: "file", target, release: this.#paths.take(name) };
    } catch (error) {
      const reason = error instanceof Refusal ? error.message : `it cannot be saved (${errorCode(error) ?? "failed"})`;
      return { kind: "refused", reason };
    }
  }

  /** The real path of a folder below the root. A file of an earlier key on the way is waited for, and refuses. */
  async #folder(names: readonly string[]): Promise<string> {
    let folder = this.#root;
    for (const [index, name] of names.entries()) {
      const way = names.slice(0, index + 1);
      const known = this.#folders.get(way.join("/"));
      if (known === undefined) {
        await this.#paths.free(lockName(way));
        folder = await this.#enter(join(folder, name), way.join("/"));
        if (this.#folders.size >= rememberedFolders) this.#folders.clear();
        this.#folders.set(way.join("/"), folder);
      } else {
        folder = known;
      }
    }
    return folder;
  }

  async #enter(path: string, shown: string): Promise<string> {
    const found = await lookAt(path);
    if (found === undefined) {
      await mkdir(path);
      return path;
    }
    const real = found.isSymbolicLink() ? await this.#follow(path, shown) : path;
    if (!(await stat(real)).isDirectory()) throw new Refusal(`${shown} is a file, so nothing can be saved below it`);
    return real;
  }

  async #target(folder: string, name: string): Promise<Target> {
    const path = join(folder, name);
    const found = await lookAt(path);
    if (found === undefined) return { path, folder };
    if (found.isDirectory()) throw new Refusal("there is a folder of that name");
    if (found.isSymbolicLink()) {
      const real = await this.#follow(path, name);
      const target = await stat(real, { bigint: true });
      if (!target.isFile()) throw new Refusal("something with that name exists and is not a file");
      return { path: real, folder: join(real, ".."), mode: permissions(target) };
    }
    if (!found.isFile()) throw new Refusal("something with that name exists and is not a file");
    // `a//b` and `a/b`, or on some systems `A` and `a`, are two keys and one file.
    if (found.birthtimeNs >= this.#began) throw new Refusal("another key was saved to that file just now");
    return { path, folder, mode: permissions(found) };
  }

  async #follow(path: string, shown: string): Promise<string> {
    let real: string;
    try {
      real = await realpath(path);
    } catch {
      throw new Refusal(`${shown} is a symbolic link that leads nowhere`);
    }
    if (real === this.#root || real.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep)) return real;
    throw new Refusal(`${shown} is a symbolic link out of the output folder`);
  }
}

const nameOfRun = randomBytes(8).toString("hex");
let temporaryNames = 0;

/** A name for a file that is not whole yet. */
export function temporaryName(): string {
  temporaryNames += 1;
  return `.s3-credentials-${nameOfRun}-${temporaryNames}.part`;
}

/** What is one file on a system that ignores case is one name. */
function lockName(names: readonly string[]): string {
  return names.join("/").toLowerCase();
}

async function lookAt(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function permissions(found: BigIntStats): number {
  return Number(found.mode & 0o7777n);
}

/**
 * Now, by the clock of the folder's file system, and later than what anybody made there before. That clock stands still for some
 * milliseconds (a tick of Linux), in which another program may have ended that made a file. Where it stands still for longer, such a
 * file is taken for one of this run, and refused.
 */
async function timeAfterAll(folder: string): Promise<bigint> {
  const before = await timeOf(folder);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await sleep(1);
    const now = await timeOf(folder);
    if (now > before) return now;
  }
  return before;
}

async function timeOf(folder: string): Promise<bigint> {
  const path = join(folder, temporaryName());
  const file = await open(path, "wx");
  try {
    return (await file.stat({ bigint: true })).birthtimeNs;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
