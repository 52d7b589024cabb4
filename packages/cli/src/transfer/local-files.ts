import type { Dirent, Stats } from "node:fs";
import { access, constants, realpath, stat } from "node:fs/promises";
import { basename, join, parse, sep } from "node:path";
import { CommandError } from "../command-line/failures.ts";
import { fileFailure } from "../files/file-error.ts";
import { shownKey } from "../output/terminal-text.ts";
import { sortedEntries } from "./sorted-entries.ts";

/** A file or folder named on the command line. */
export interface Source {
  /** Tidied as Python's `pathlib` does it: `./a//b/` is `a/b`. */
  readonly path: string;
  readonly isFolder: boolean;
  /** A file's key, or what every key of a folder starts with: its name and `/`, nothing for `.`. */
  readonly key: string;
}

/** A file to upload, or why something below a folder cannot be. */
export type LocalFile =
  | { readonly kind: "file"; readonly path: string; readonly key: string }
  | { readonly kind: "skipped"; readonly path: string; readonly reason: string }
  | { readonly kind: "unreadable"; readonly path: string; readonly reason: string };

/** Looks at everything that was named before anything is uploaded; throws when something is not there. */
export async function findSources(paths: readonly string[]): Promise<readonly Source[]> {
  const sources: Source[] = [];
  const faults: string[] = [];
  for (const given of paths) {
    try {
      const found = await stat(given);
      await access(given, constants.R_OK);
      if (found.isDirectory() || found.isFile()) sources.push(await sourceOf(tidyPath(given), found));
      else faults.push(`${shownKey(given)} is neither a file nor a folder`);
    } catch (error) {
      faults.push(`cannot read ${shownKey(given)}: ${fileFailure(error)}`);
    }
  }
  if (faults.length > 0) throw new CommandError(`${faults.join(", ")}; nothing was uploaded`);
  return sources;
}

async function sourceOf(path: string, found: Stats): Promise<Source> {
  if (found.isFile()) return { path, isFolder: false, key: basename(path) };
  if (path === ".") return { path, isFolder: true, key: "" };
  // A folder above has a name of its own, and no key should have `..` in it.
  const name = basename(path) === ".." ? basename(await realpath(path)) : basename(path);
  return { path, isFolder: true, key: name === "" ? "" : `${name}/` };
}

/** Without doubled or trailing slashes and `.`; `..` stays, because what is before it may be a symbolic link. */
export function tidyPath(path: string): string {
  const { root } = parse(path);
  const names = path
    .slice(root.length)
    .split(sep === "\\" ? /[\\/]/ : "/")
    .filter((name) => name !== "" && name !== ".");
  const tidied = root + names.join(sep);
  return tidied === "" ? "." : tidied;
}

/** Every file of the sources, in order; below a folder by name. Links to folders are not followed. */
export async function* localFiles(sources: Iterable<Source>): AsyncGenerator<LocalFile> {
  for (const { path, isFolder, key } of sources) {
    if (isFolder) yield* below(path, key);
    else yield { kind: "file", path, key };
  }
}

async function* below(folder: string, keyPrefix: string): AsyncGenerator<LocalFile> {
  try {
    for await (const entry of sortedEntries(folder)) {
      const path = folder === "." ? entry.name : join(folder, entry.name);
      const key = keyPrefix + entry.name;
      if (entry.isDirectory()) yield* below(path, `${key}/`);
      else yield await fileOf(entry, path, key);
    }
  } catch (error) {
    yield { kind: "unreadable", path: folder, reason: fileFailure(error) };
  }
}

async function fileOf(entry: Dirent, path: string, key: string): Promise<LocalFile> {
  if (entry.isFile()) return { kind: "file", path, key };
  if (!entry.isSymbolicLink()) return { kind: "skipped", path, reason: "not a file" };
  try {
    const found = await stat(path);
    if (found.isFile()) return { kind: "file", path, key };
    return { kind: "skipped", path, reason: found.isDirectory() ? "a link to a folder" : "a link to no file" };
  } catch {
    return { kind: "skipped", path, reason: "a link that leads nowhere" };
  }
}
