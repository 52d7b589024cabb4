// `npm run release`: makes what is published, in `release/`, and tries it where nothing of this repository is. Nothing is published by it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folder = "release";
const version = JSON.parse(readFileSync("package.json", "utf8")).version;

const text = (command, args, options = {}) => execFileSync(command, args, { encoding: "utf8", ...options }).trim();

/** Shows what the program prints, and ends when it fails: it has said why. */
function show(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

function stop(line) {
  console.error(`release: ${line}`);
  process.exit(1);
}

function refuseUnready() {
  if (text("git", ["status", "--porcelain"]) !== "") stop("there are changes without a commit: commit them first");
  const others = readdirSync("packages").filter(
    (name) => JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8")).version !== version,
  );
  if (others.length > 0) stop(`the version is ${version}, and another one in packages/: ${others.join(", ")}`);
  const heading = new RegExp(`^## ${version.replaceAll(".", "\\.")} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, "m");
  if (!heading.test(readFileSync("CHANGELOG.md", "utf8"))) stop(`CHANGELOG.md has no "## ${version} (DATE)"`);
}

/** Installs the files into an empty folder, starts the gateway there, and makes keys that are tried out. Resolves to what is wrong. */
async function tryInstalled() {
  const place = mkdtempSync(join(tmpdir(), "s3-credentials-release-"));
  const there = { cwd: place, env: { PATH: process.env.PATH, HOME: place } };
  const program = join(place, "node_modules/.bin/s3-credentials");
  let gateway;
  try {
    const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    const files = tarballs.map((name) => resolve(folder, name));
    text("npm", ["install", "--prefix", place, "--no-audit", "--no-fund", "--loglevel", "error", ...files], {
      cwd: place,
    });
    const said = text(program, ["--version"], there);
    if (!said.includes(version)) return `the installed command says that it is ${said}`;
    gateway = spawn(program, ["serve", "--port", "0"], { ...there, stdio: ["ignore", "pipe", "ignore"] });
    await once(gateway.stdout, "data"); // it listens now
    text(program, ["--local", "create", "my-bucket", "--create-bucket", "--read-only", "--verify"], there);
    return undefined;
  } finally {
    if (gateway?.kill("SIGTERM") === true) await once(gateway, "exit");
    rmSync(place, { recursive: true });
  }
}

refuseUnready();
show("npm", ["run", "--silent", "check"]);
rmSync(folder, { recursive: true, force: true });
show("node", ["tools/pack.mjs", folder]);
const fault = await tryInstalled();
if (fault !== undefined) stop(fault);
console.log(
  `${folder}/ has the packages of ${version}, what is in each (*.cdx.json) and SHA256SUMS. To publish: npm publish ${folder}/*.tgz`,
);
