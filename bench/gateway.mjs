// A gateway of its own for a workload, in its own process and folder.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const command = resolve("packages/cli/bin/s3-credentials.js");

/**
 * `home`: of a gateway that was stopped with `{ keep: true }`, to start it again on the same data.
 * `program`: in place of the command of this checkout. `node`: what runs it, with flags of its own.
 */
export async function startGateway(
  home = mkdtempSync(join(tmpdir(), "s3-credentials-bench-")),
  args = [],
  program = command,
  [node, ...flags] = [process.execPath],
) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|XDG_|S3_CREDENTIALS)/.test(name));
  const env = {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_STATE_HOME: join(home, "state"),
    AWS_EC2_METADATA_DISABLED: "true",
  };
  // One process, unless the workload says otherwise. Earlier versions have no such option.
  const workers = program === command ? ["--workers", "1"] : [];
  const serve = [program, "serve", "--port", "0", "--data", join(home, "data"), ...workers, ...args];
  const child = spawn(node, [...flags, ...serve], { env, stdio: "ignore" });
  const file = join(home, "state", "s3-credentials", "gateways", `${child.pid}.json`);
  let state;
  for (let attempt = 0; state === undefined && attempt < 200; attempt += 1) {
    await sleep(50);
    try {
      state = JSON.parse(readFileSync(file, "utf8"));
    } catch {
      // Not there yet.
    }
  }
  if (state === undefined) throw new Error("the gateway did not start");
  const keys = readFileSync(state.adminCredentialsFile, "utf8");
  const value = (name) => new RegExp(`^${name}=(.*)$`, "m").exec(keys)[1].trim();
  return {
    home,
    pid: child.pid,
    endpoint: state.endpoint,
    console: state.console,
    accountId: state.accountId,
    env: {
      ...env,
      AWS_ACCESS_KEY_ID: value("aws_access_key_id"),
      AWS_SECRET_ACCESS_KEY: value("aws_secret_access_key"),
      AWS_DEFAULT_REGION: "us-east-1",
    },
    async stop({ keep = false } = {}) {
      child.kill("SIGTERM");
      await new Promise((done) => child.once("exit", done));
      if (!keep) rmSync(home, { recursive: true, force: true });
    },
  };
}
