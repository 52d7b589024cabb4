// `npm test`: install what the tests need, check, run every test. `--long`: the same with larger counts. `--unit`: only the tests of the
// packages that need nothing installed. Whatever else is given goes to vitest.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

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
  "/usr/bin/duplicity": "duplicity",
  "/usr/bin/fish": "fish",
  "/usr/bin/zsh": "zsh",
  "/usr/bin/mount": "mount",
  "/usr/bin/ceph": "ceph-common",
  "/usr/bin/ceph-mon": "ceph-mon",
  "/usr/bin/ceph-osd": "ceph-osd",
  "/usr/bin/radosgw": "radosgw",
  "/usr/bin/chromium": "chromium",
  "/usr/bin/pg_lsclusters": "postgresql",
};

/** Releases of Node that the packed command and a part of the tests run under. npm has their binaries for this platform. */
const runtimes = "acceptance/runtimes";
const hasRuntimes = process.platform === "linux" && process.arch === "x64";

/** Tests of the packages that need root or a program of Debian. */
const needSystem = ["**/*full-disk*.test.ts", "**/*postgres*.test.ts"];

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function vitest(args, { node = process.execPath, env = {} } = {}) {
  run(node, ["node_modules/vitest/vitest.mjs", "run", ...args], env);
}

function installDebianPackages() {
  const missing = Object.entries(debianPackages)
    .filter(([file]) => !existsSync(file))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
  const apt = (...args) => {
    const [command, ...tail] = [...asRoot, "apt-get", ...args];
    run(command, tail, { DEBIAN_FRONTEND: "noninteractive" });
  };
  console.error(`installing ${missing.join(", ")}`);
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...missing);
}

/** They are 300 MB, so they stay until their versions change. */
function installRuntimes() {
  const wanted = JSON.parse(readFileSync(`${runtimes}/package-lock.json`, "utf8")).packages;
  const isThere = Object.entries(wanted)
    .filter(([path]) => path !== "")
    .every(([path, { version }]) => {
      const file = `${runtimes}/${path}/package.json`;
      return existsSync(file) && JSON.parse(readFileSync(file, "utf8")).version === version;
    });
  if (!isThere) run("npm", ["ci", "--prefix", runtimes, "--no-audit", "--no-fund"]);
}

/** Under Node 24 the stores use its own SQLite: the units of the packages, and folders of earlier versions. */
function runUnderNode24() {
  const node = `${runtimes}/node_modules/node-24/bin/node`;
  console.error("once more under Node 24, with the SQLite that is part of it");
  vitest(
    [
      "packages/gateway/src",
      "packages/cli/src",
      "packages/protocol/src",
      "acceptance/upgrade",
      "--exclude",
      "**/*.prop.ts",
    ],
    { node },
  );
}

if (unit) {
  run("npm", ["run", "--silent", "build"]);
  vitest(["packages", ...needSystem.flatMap((pattern) => ["--exclude", pattern]), ...rest]);
} else {
  installDebianPackages();
  if (hasRuntimes) installRuntimes();
  run("npm", ["run", "--silent", "check"]);
  vitest(rest, { env: long ? { TEST_RUNS: "20000", KILL_LOOPS: "200" } : {} });
  if (hasRuntimes && rest.length === 0) runUnderNode24();
}
