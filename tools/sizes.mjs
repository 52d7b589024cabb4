import { readFileSync } from "node:fs";
import { sources } from "./sources.mjs";

const longest = 600;
const usual = 350;

/** No source file over 600 lines, nine of ten under 350: a file is read in a sitting. */
export function sizeFaults() {
  const sizes = sources().map((path) => ({ path, lines: readFileSync(path, "utf8").split("\n").length }));
  const faults = sizes
    .filter(({ lines }) => lines > longest)
    .map(({ path, lines }) => `${path}: ${lines} lines, over ${longest}`);
  const large = sizes.filter(({ lines }) => lines > usual);
  if (large.length * 10 > sizes.length)
    faults.push(`${large.length} of ${sizes.length} files are over ${usual} lines, more than one in ten`);
  return faults;
}
