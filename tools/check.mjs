// `npm run check`: types, lint, format, architecture, file sizes, reference pages. The build ran before.
import { spawnSync } from "node:child_process";
import { architectureFaults } from "./architecture.mjs";
import { sizeFaults } from "./sizes.mjs";
import { stalePages } from "./reference.mjs";

const commands = [
  { name: "types of the tests", command: "tsc", args: ["-p", "tsconfig.test.json"] },
  { name: "lint", command: "oxlint", args: ["--type-aware", "--quiet"] },
  { name: "format", command: "oxfmt", args: ["--check", "."] },
];

let failed = false;
function report(name, faults) {
  if (faults.length === 0) {
    console.log(`ok    ${name}`);
    return;
  }
  failed = true;
  console.log(`FAIL  ${name}`);
  for (const fault of faults) console.log(`      ${fault}`);
}

for (const { name, command, args } of commands) {
  const result = spawnSync(`node_modules/.bin/${command}`, args, { encoding: "utf8" });
  const output = [result.stdout, result.stderr].join("").trim();
  report(name, result.status === 0 ? [] : output.split("\n").slice(0, 200));
}
report("architecture", architectureFaults());
report("file sizes", sizeFaults());
report("reference pages", await stalePages());
process.exit(failed ? 1 : 0);
