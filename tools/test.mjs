// `npm test`: install what the tests need, check, run every test. `--long`: the same with larger counts. `--unit`: only the tests of the
// packages that need nothing installed. Whatever else is given goes to vitest.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { freemem } from "node:os";

const lanes = ["--long", "--unit"];
const [long, unit] = lanes.map((lane) => process.argv.includes(lane));
const rest = process.argv.slice(2).filter((argument) => !lanes.includes(argument));

/** Debian packages whose programs the acceptance tests drive, by the file that shows each is there. */
const debianPackages = {
  "/usr/bin/aws": "awscli",
  "/usr/lib/python3/dist-packages/boto3/__init__.py": "python3-boto3",
  "/usr/bin/curl": "curl",
  "/usr/bin/s3cmd": "s3cmd",
  "/usr/bin/rclone": "rclone",
  "/usr/bin/restic": "restic",
  "/usr/bin/s3fs": "s3fs",
  "/usr/bin/duplicity": "duplicity",
  "/usr/bin/fish": "fish",
  "/usr/bin/zsh": "zsh",
  "/usr/bin/mount": "mount",
  "/usr/bin/fiu-ctrl": "fiu-utils",
  "/usr/bin/ceph": "ceph-common",
  "/usr/bin/ceph-mon": "ceph-mon",
  "/usr/bin/ceph-osd": "ceph-osd",
  "/usr/bin/radosgw": "radosgw",
  "/usr/bin/chromium-headless-shell": "chromium-headless-shell",
  "/usr/sbin/nginx": "nginx",
  "/usr/sbin/haproxy": "haproxy",
  "/usr/bin/openssl": "openssl",
  "/usr/bin/pg_lsclusters": "postgresql",
  "/usr/bin/systemd-analyze": "systemd",
};

/** Releases of Node that the packed command and a part of the tests run under. npm has their binaries for this platform. */
const runtimes = "acceptance/runtimes";
const hasRuntimes = process.platform === "linux" && process.arch === "x64";

/** Tests of the packages that need root or a program of Debian. */
const needSystem = ["**/*full-disk*.test.ts", "**/*postgres*.test.ts", "**/*postgres*.prop.ts"];

/** A program that has to end well; rejects when it does not, after it has said why. */
async function run(command, args, env = {}) {
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${command} ended with ${status ?? child.signalCode}`);
}

function vitest(args, { node = process.execPath, env = {} } = {}) {
  return run(node, ["node_modules/vitest/vitest.mjs", "run", ...args], env);
}

async function installDebianPackages() {
  const missing = Object.entries(debianPackages)
    .filter(([file]) => !existsSync(file))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
  const apt = (...args) => {
    const [command, ...tail] = [...asRoot, "apt-get", ...args];
    return run(command, tail, { DEBIAN_FRONTEND: "noninteractive" });
  };
  console.error(`installing ${missing.join(", ")}`);
  await apt("update", "-qq");
  await apt("install", "-y", "-qq", "--no-install-recommends", ...missing);
}

/** They are 300 MB, so they stay until their versions change. */
async function installRuntimes() {
  if (!hasRuntimes) return;
  const wanted = JSON.parse(readFileSync(`${runtimes}/package-lock.json`, "utf8")).packages;
  const isThere = Object.entries(wanted)
    .filter(([path]) => path !== "")
    .every(([path, { version }]) => {
      const file = `${runtimes}/${path}/package.json`;
      return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).version === version;
    });
  if (!isThere) await run("npm", ["ci", "--prefix", runtimes, "--no-audit", "--no-fund"]);
}

/** The tests of the stores on the other database. What every store must do is tested on both in each run. */
function runOnPostgres() {
  console.error("the tests of the stores once more, on PostgreSQL");
  return vitest(["--config", "vitest.postgres.config.ts"]);
}

/** The tests of S3 with their objects on an engine behind the gateway. */
function runOnUpstream() {
  console.error("the tests of S3 once more, with a second gateway as the engine behind the first");
  return vitest(["--config", "vitest.upstream.config.ts"]);
}

/** Under Node 24 the stores use its own SQLite, and HTTP is another release: their units, and folders that earlier versions and Node 20 wrote. */
function runUnderNode24() {
  const node = `${runtimes}/node_modules/node-24/bin/node`;
  console.error("once more under Node 24, with the SQLite that is part of it");
  const parts = ["stores", "data-planes", "data-folder", "backup", "server", "http", "pipeline"];
  const files = [...parts.map((part) => `packages/gateway/src/${part}`), "acceptance/upgrade"];
  // An engine behind the gateway, and PostgreSQL, are asked over the network in the same way under each.
  const others = ["**/*.prop.ts", "**/password-hashes.test.ts", "**/data-planes/upstream/**", "**/stores/postgres/**"];
  // A killed gateway's folder has all that a stopped one's has, and a write-ahead log that this SQLite must read. The command: packages.test.ts.
  const names = "^(?!.* (stopped: everything is there|the command serves it))";
  return vitest([...files, ...others.flatMap((pattern) => ["--exclude", pattern]), "--testNamePattern", names], {
    node,
    env: { KILL_LOOPS: "2" },
  });
}

/**
 * The gateways of the tests sync each write. What the tests look at survives a process that is killed, not a power failure,
 * so memory is disk enough, and nothing waits for it.
 */
function useTemporaryFolderInMemory() {
  const inMemory = "/dev/shm";
  const wanted = 8 * 1024 ** 3;
  try {
    accessSync(inMemory, constants.W_OK);
    const mount = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .find((line) => line.split(" ")[1] === inMemory);
    const { bavail, bsize } = statfsSync(inMemory);
    // The tests start programs from there too.
    if (mount === undefined || /\bnoexec\b/.test(mount) || bavail * bsize < wanted || freemem() < wanted) return;
  } catch {
    return; // another platform has none
  }
  const folder = mkdtempSync(`${inMemory}/s3-credentials-test-`);
  chmodSync(folder, 0o1777); // as /tmp is: PostgreSQL runs as a user of its own
  process.env.TMPDIR = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}

if (!long && process.env.TMPDIR === undefined) useTemporaryFolderInMemory();
async function testAll() {
  // Installing waits for the network most of the time, and the checks need none of what is installed.
  const begun = [installDebianPackages(), installRuntimes(), run("npm", ["run", "--silent", "check"])];
  await Promise.allSettled(begun); // apt is not left alone in the middle of its work when a check fails
  await Promise.all(begun);
  await vitest(rest, { env: long ? { TEST_RUNS: "20000", KILL_LOOPS: "200", BACKUP_LOOPS: "20" } : {} });
  if (rest.length > 0) return;
  if (long) await runOnUpstream();
  if (long) await runOnPostgres();
  if (hasRuntimes) await runUnderNode24();
}

async function testUnits() {
  await run("npm", ["run", "--silent", "build"]);
  await vitest(["packages", ...needSystem.flatMap((pattern) => ["--exclude", pattern]), ...rest]);
}

try {
  await (unit ? testUnits() : testAll());
} catch (error) {
  console.error(`FAIL: ${error.message}`);
  process.exitCode = 1;
}
