// `npm run bench -- NAME`: builds, runs one workload and prints its tables.
import { readdirSync } from "node:fs";
import { printMachine } from "./measure.mjs";

const shared = new Set(["run.mjs", "measure.mjs", "gateway.mjs"]);
const workloads = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".mjs") && !shared.has(file))
  .map((file) => file.slice(0, -".mjs".length));

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !workloads.includes(name)) {
  console.error(`usage: npm run bench -- NAME, where NAME is one of ${workloads.join(", ")}`);
  process.exit(2);
}
printMachine();
const { run } = await import(`./${name}.mjs`);
await run(rest);
