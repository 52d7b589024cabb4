// Builds the web page of the console into packages/console/dist, compressed, when something it is made of has changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { filesOf, stateOf } from "./inputs.mjs";
import { librariesOf, licences } from "./licences.mjs";

const home = "packages/console";
const dist = join(home, "dist");
const stamp = join(dist, ".inputs");

const sources = [`${home}/src`, "packages/policy/src", `${home}/index.html`, `${home}/vite.config.mjs`];
const state = stateOf(sources.concat("tools/console.mjs", "package-lock.json"));
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== state) {
  await buildPage();
  put(stamp, state);
}

async function buildPage() {
  const { build } = await import("vite");
  const { output } = await build({ configFile: `${home}/vite.config.mjs` });
  const made = new Map();
  for (const file of output) {
    const bytes = Buffer.from(file.type === "chunk" ? file.code : file.source);
    made.set(file.fileName, bytes);
    if (/\.woff2$|^routes\.json$/.test(file.fileName)) continue;
    made.set(`${file.fileName}.br`, brotli(bytes));
    made.set(`${file.fileName}.gz`, gzipSync(bytes, { level: 9 }));
  }
  const modules = output.flatMap((file) => file.moduleIds ?? []);
  const terms = licences(modules);
  put(join(dist, ".libraries.json"), Buffer.from(JSON.stringify(librariesOf(modules))));
  made.set(`assets/licenses-${createHash("sha256").update(terms).digest("hex").slice(0, 8)}.txt`, terms);
  // The page itself comes last, when everything it names is there.
  const names = [...made.keys()].sort((left, right) => left.startsWith("index.html") - right.startsWith("index.html"));
  for (const name of names) put(join(dist, name), made.get(name));
  for (const file of filesOf(dist)) {
    const name = file.slice(dist.length + 1);
    if (!made.has(name) && !name.startsWith(".")) rmSync(file);
  }
}

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 10,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_LGWIN]: 22,
    },
  });
}

/** A gateway that starts meanwhile finds every file whole. */
function put(file, bytes) {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(bytes))) return;
  mkdirSync(dirname(file), { recursive: true });
  const temporary = join(dist, `.${process.pid}.tmp`);
  writeFileSync(temporary, bytes);
  renameSync(temporary, file);
}
