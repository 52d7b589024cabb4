// Each program as a few files instead of hundreds: starting it reads what it runs and no more.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { stateOf } from "./inputs.mjs";
import { librariesOf, licences } from "./licences.mjs";

// Profiles name the functions of a bundle that is not minified: `READABLE=1 npm run build`.
const minify = process.env.READABLE === undefined;

await makeBundle("packages/cli", {
  input: "src/main.ts",
  // `serve` loads the gateway where it is installed: it has threads and native code of its own.
  external: ["@s3-credentials/gateway"],
  plugins: [withoutPrograms()],
  // What nearly every command reads is one file, because each file takes a millisecond or two to load.
  groups: [
    {
      name: "common",
      test: /cli\/src\/(command-line|formats\/(json|python-json|encoded-message)|files\/file-error|output\/(errors|standard-output|terminal-text)|service\/(service-options|providers))/,
    },
    {
      name: "calls",
      test: /cli\/src\/(service\/(clients|wire|response-body|document|partition|caller)|output\/dates)/,
    },
    { name: "sdk", test: /node_modules\/@(smithy|aws-sdk|aws)\//, minShareCount: 4 },
  ],
});
await makeBundle("packages/gateway", {
  input: [
    "src/index.ts",
    "src/server/worker-process.ts",
    "src/analysis/analysis-thread.ts",
    "src/stores/sqlite/writer-thread.ts",
    "src/stores/sqlite/directory-procedures.ts",
    "src/stores/sqlite/record-procedures.ts",
    "src/stores/sqlite/message-procedures.ts",
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

/** Commander can start other programs as commands. Ours are none, and what starts programs takes as long to load as the rest of it. */
function withoutPrograms() {
  const line = "const childProcess = require('node:child_process');";
  return {
    name: "without-programs",
    transform(code, id) {
      if (!id.endsWith("/commander/lib/command.js")) return undefined;
      if (!code.includes(line)) throw new Error(`commander has no line ${line} any more`);
      return code.replace(line, "");
    },
  };
}

/** Makes it when something it is made of has changed. */
async function makeBundle(home, { input, external, plugins = [], groups }) {
  const entries = [input].flat().map((file) => join(home, file));
  const folder = join(home, "bundle");
  const [first] = entries;
  const last = `${basename(first, ".ts")}.js`;
  // Not beside the files that npm packs.
  const stamp = join(home, "dist/.bundle-inputs");
  const sources = [home, "packages/policy", "packages/protocol"].map((name) => `${name}/src`);
  const inputs = stateOf([
    ...sources,
    `${home}/package.json`,
    "tools/bundle.mjs",
    "tools/licences.mjs",
    "package-lock.json",
  ]);
  const state = minify ? inputs : `${inputs} readable`;
  if (existsSync(join(folder, last)) && existsSync(stamp) && readFileSync(stamp, "utf8") === state) return;
  const bundle = await rolldown({
    input: entries,
    platform: "node",
    external,
    plugins,
    ...(groups === undefined ? {} : { preserveEntrySignatures: false }),
    resolve: {
      // Of a package with both, the ES modules: what a command does not use of them is left out.
      mainFields: ["module", "main"],
      conditionNames: ["module", "import", "node"],
      alias: {
        // pg wants the class itself, which is what its CommonJS module is.
        "pg-pool": resolve("node_modules/pg-pool/index.js"),
        "@s3-credentials/policy/parse": resolve("packages/policy/src/parse.ts"),
        "@s3-credentials/policy": resolve("packages/policy/src/index.ts"),
        "@s3-credentials/protocol": resolve("packages/protocol/src/index.ts"),
      },
    },
  });
  const { output } = await bundle.generate({
    format: "esm",
    minify,
    ...(groups === undefined ? {} : { codeSplitting: { groups, includeDependenciesRecursively: false } }),
    entryFileNames: "[name].js",
    // One point in a name: the package takes files by that.
    chunkFileNames: ({ name }) => `${name.replaceAll(".", "-")}-[hash].js`,
  });
  await bundle.close();
  const chunks = output.filter((file) => file.type === "chunk");
  mkdirSync(folder, { recursive: true });
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  put(folder, "LICENSES.txt", licences(modules));
  // What tools/bill-of-materials.mjs reads.
  put(join(home, "dist"), ".libraries.json", JSON.stringify(librariesOf(modules)));
  // The entry comes last, when everything it names is there.
  for (const { fileName, code } of chunks.sort((left, right) => (left.fileName === last) - (right.fileName === last)))
    put(folder, fileName, code);
  const made = new Set(["LICENSES.txt", "console", ...chunks.map(({ fileName }) => fileName)]);
  for (const name of readdirSync(folder)) if (!made.has(name)) rmSync(join(folder, name), { force: true });
  writeFileSync(stamp, state);
}

/** A program that starts meanwhile finds every file whole: those that did not change are not touched. */
function put(folder, name, text) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(text))) return;
  const temporary = join(folder, `.${name}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
