// `npm test`: install what the tests need, check, run every test. `--long`: the same with larger counts.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const long = process.argv.includes("--long");
const rest = process.argv.slice(2).filter((argument) => argument !== "--long");

/** Debian packages whose programs the acceptance tests drive, by the file that shows each is there. */
const debianPackages = {
  "/usr/bin/aws": "awscli",
  "/usr/lib/python3/dist-packages/boto3/__init__.py": "python3-boto3",
  "/usr/bin/curl": "curl",
  "/usr/bin/fish": "fish",
  "/usr/bin/zsh": "zsh",
  "/usr/bin/ceph": "ceph-common",
  "/usr/bin/ceph-mon": "ceph-mon",
  "/usr/bin/ceph-osd": "ceph-osd",
  "/usr/bin/radosgw": "radosgw",
  "/usr/bin/chromium": "chromium",
};

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function installMissing() {
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

installMissing();
run("npm", ["run", "--silent", "check"]);
run(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", ...rest],
  long ? { TEST_RUNS: "20000", KILL_LOOPS: "200" } : {},
);
