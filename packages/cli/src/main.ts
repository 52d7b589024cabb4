import { run } from "./run.ts";

// Its advice to change the version of Node is for who installs the tool, not for every command's standard error.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

process.exitCode = await run(process.argv.slice(2), {
  // Node opens it when it is first asked for, which most commands never do.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupted.signal,
});

// Calls that were still under way must not keep the process.
if (interrupted.signal.aborted) process.exit();
