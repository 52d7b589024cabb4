// The command as a few files instead of thousands: starting it reads one command's code and no more.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const folder = "packages/cli/bundle";

const bundle = await rolldown({
  input: "packages/cli/src/main.ts",
  platform: "node",
  // The gateway has worker threads and native code of its own; `serve` loads it where it is installed.
  external: ["@s3-credentials/gateway"],
  resolve: {
    alias: {
      "@s3-credentials/policy": resolve("packages/policy/src/index.ts"),
      "@s3-credentials/protocol": resolve("packages/protocol/src/index.ts"),
    },
  },
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

/** What the licences of bundled libraries ask for: their text goes where their code goes. */
function licences() {
  const found = new Map();
  for (const id of output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))) {
    const [library] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [];
    if (library === undefined || found.has(library)) continue;
    const { name, version, license } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
    const file = readdirSync(library).find((one) => /^(licen[cs]e|copying)/i.test(one));
    const text = file === undefined ? `${license}\n` : readFileSync(join(library, file), "utf8");
    found.set(library, { title: `${name} ${version} (${license})`, text: text.trim() });
  }
  // Many libraries have one text.
  const byText = new Map();
  for (const { title, text } of [...found.values()].sort((left, right) => (left.title < right.title ? -1 : 1)))
    byText.set(text, [...(byText.get(text) ?? []), title]);
  return [...byText].map(([text, titles]) => `${titles.join("\n")}\n\n${text}\n`).join("\n\n");
}

mkdirSync(folder, { recursive: true });
put("LICENSES.txt", licences());
const made = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
// The entry comes last, when everything it names is there.
for (const [name, text] of [...made].sort(
  ([left], [right]) => Number(left === "main.js") - Number(right === "main.js"),
))
  put(name, text);
for (const name of readdirSync(folder))
  if (!made.has(name) && name !== "LICENSES.txt") rmSync(join(folder, name), { force: true });
