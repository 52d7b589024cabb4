// Each program as a few files instead of hundreds: starting it reads what it runs and no more.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { rolldown } from "rolldown";

await makeBundle("packages/cli", {
  input: "src/main.ts",
  // `serve` loads the gateway where it is installed: it has threads and native code of its own.
  external: ["@s3-credentials/gateway"],
});
await makeBundle("packages/gateway", {
  input: [
    "src/index.ts",
    "src/stores/sqlite/writer-thread.ts",
    "src/stores/sqlite/identity/directory-procedures.ts",
    "src/stores/sqlite/record/record-procedures.ts",
    "src/data-planes/local/object-procedures.ts",
  ],
  external: ["libsql"],
  plugins: [threadPrograms()],
});

copyConsole("packages/console/dist", "packages/gateway/bundle/console");

/** The web page goes with the gateway that serves it. A build without the page makes a gateway without it. */
function copyConsole(from, to) {
  const files = existsSync(join(from, "index.html")) ? readdirSync(join(from, "assets")) : [];
  mkdirSync(join(to, "assets"), { recursive: true });
  for (const name of files) copyNew(join(from, "assets", name), join(to, "assets", name));
  // The page comes when everything it names is there; what it no longer names goes last.
  for (const name of ["index.html.br", "index.html.gz", "index.html"]) {
    if (existsSync(join(from, name))) put(to, name, readFileSync(join(from, name)));
    else rmSync(join(to, name), { force: true });
  }
  for (const name of readdirSync(join(to, "assets")))
    if (!files.includes(name)) rmSync(join(to, "assets", name), { force: true });
}

/** Names of assets have the hash of what is in them. */
function copyNew(from, to) {
  if (!existsSync(to)) cpSync(from, to);
}

/** The sources name what a thread runs, and the console's folder, by their place from their own; in the bundle they lie beside the entries. */
function threadPrograms() {
  const program = /new URL\("(?:\.\.\/)+bundle\/([\w-]+\.js|console\/)", import\.meta\.url\)/g;
  return {
    name: "thread-programs",
    transform: (code) => code.replaceAll(program, 'new URL("./$1", import.meta.url)'),
  };
}

async function makeBundle(home, { input, external, plugins = [] }) {
  const entries = [input].flat().map((file) => join(home, file));
  const bundle = await rolldown({
    input: entries,
    platform: "node",
    external,
    plugins,
    resolve: {
      alias: {
        "@s3-credentials/policy/parse": resolve("packages/policy/src/parse.ts"),
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
  const chunks = output.filter((file) => file.type === "chunk");
  const folder = join(home, "bundle");
  mkdirSync(folder, { recursive: true });
  put(folder, "LICENSES.txt", licences(chunks));
  // The entry comes last, when everything it names is there.
  const [first] = entries;
  const last = `${basename(first, ".ts")}.js`;
  for (const { fileName, code } of chunks.sort((left, right) => (left.fileName === last) - (right.fileName === last)))
    put(folder, fileName, code);
  const made = new Set(["LICENSES.txt", "console", ...chunks.map(({ fileName }) => fileName)]);
  for (const name of readdirSync(folder)) if (!made.has(name)) rmSync(join(folder, name), { force: true });
}

/** A program that starts meanwhile finds every file whole: those that did not change are not touched. */
function put(folder, name, text) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(text))) return;
  const temporary = join(folder, `.${name}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/** What the licences of bundled libraries ask for: their text goes where their code goes. */
function licences(chunks) {
  const found = new Map();
  for (const id of chunks.flatMap(({ moduleIds }) => moduleIds)) {
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
