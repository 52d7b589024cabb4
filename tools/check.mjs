// `npm run check`: everything that is found without running a test. The build ran before. The checks run side by side.
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { pagesWithoutLink, strayPages } from "../site/contents.mjs";
import { refusedLicences } from "./dependency-licences.mjs";
import { stalePages } from "./reference.mjs";

/** Names of programs that npm installed, and their arguments. */
const commands = {
  "types of the tests": ["tsc", "-p", "tsconfig.test.json"],
  lint: ["oxlint", "--type-aware", "--quiet"],
  format: ["oxfmt", "--check", "."],
  architecture: ["depcruise", "--config", "tools/architecture.mjs", "--output-type", "err", "packages/*/src"],
  "unused exports and dependencies": ["knip", "--no-progress"],
};

/** What a program says when it fails, line by line. */
function faultsOf([program, ...args]) {
  return new Promise((resolve) => {
    execFile(
      `node_modules/.bin/${program}`,
      args,
      { encoding: "utf8", maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`.trim() || `${program} failed: ${error?.message}`;
        resolve(error === null ? [] : output.split("\n").slice(0, 200));
      },
    );
  });
}

/** @type {{ name: string, faults: () => Promise<string[]> }[]} */
const checks = [
  ...Object.entries(commands).map(([name, command]) => ({ name, faults: () => faultsOf(command) })),
  { name: "reference pages", faults: stalePages },
  { name: "contents of the site", faults: async () => strayPages("").map((page) => `site/contents.mjs: ${page}`) },
  { name: "links of the README", faults: async () => pagesWithoutLink("").map((page) => `README.md: docs/${page}.md`) },
  { name: "licences of dependencies", faults: async () => refusedLicences() },
];

let failed = false;
async function work() {
  for (let next = checks.shift(); next !== undefined; next = checks.shift()) {
    const faults = await next.faults();
    failed ||= faults.length > 0;
    console.log([`${faults.length === 0 ? "ok   " : "FAIL "} ${next.name}`, ...faults].join("\n      "));
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.exit(failed ? 1 : 0);
