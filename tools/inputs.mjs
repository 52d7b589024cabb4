// What a build is made of, to know whether it has to be made again.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files of a folder, or the file itself. */
export function filesOf(path) {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    throw error;
  }
}

/** A hash of what is in these files and folders. Tests, which no build has in it, do not count. */
export function stateOf(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(filesOf).filter((one) => !/\.(test|prop)\.ts$/.test(one)))
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}
