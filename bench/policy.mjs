// Decisions of the policy engine: built, then run in a process of its own.
import { spawnSync } from "node:child_process";

// Cedar: the optimiser of Node 20 can crash on WebAssembly calls it put inline.
const flags = ["--expose-gc", "--no-turbo-inline-js-wasm-calls"];

export function run(names) {
  for (const [program, ...args] of [
    [process.execPath, "node_modules/typescript/bin/tsc", "-p", "bench/policy"],
    [process.execPath, ...flags, "bench/policy/dist/bench/policy-decisions.js", ...names],
  ]) {
    const { status } = spawnSync(program, args, { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }
}
