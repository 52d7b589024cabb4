import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Source files of the packages, tests and their `test/` folders left out, as paths from the repository's root. */
export function sources() {
  const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "packages"], {
    encoding: "utf8",
  });
  return stdout
    .split("\n")
    .filter(
      (path) =>
        /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !/\.(test|prop)\.ts$|\/test\//.test(path) && existsSync(path),
    )
    .sort();
}
