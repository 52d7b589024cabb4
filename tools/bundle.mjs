// The command as a few files instead of thousands: starting it reads one command's code and no more.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

const folder = "packages/cli/bundle";

const bundle = await rolldown({
  input: "packages/cli/src/main.ts",
  platform: "node",
  // The gateway has worker threads and native code of its own; `serve` loads it where it is installed.
  external: ["@s3-credentials/gateway"],
  resolve: { conditionNames: ["source", "import", "node", "default"] },
});
const { output } = await bundle.generate({
  format: "esm",
  minify: true,
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
});
await bundle.close();

/** A command that starts meanwhile finds every file whole: those that did not change are not touched. */
function put(name, text) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const temporary = join(folder, `.${name}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

mkdirSync(folder, { recursive: true });
const made = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
// The entry comes last, when everything it names is there.
for (const [name, text] of [...made].sort(
  ([left], [right]) => Number(left === "main.js") - Number(right === "main.js"),
))
  put(name, text);
for (const name of readdirSync(folder)) if (!made.has(name)) rmSync(join(folder, name), { force: true });
