import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ended, RunOptions } from "../clients.ts";
import { cleanEnvironment, type RunningGateway } from "../gateway.ts";

/**
 * Each call runs the program's own file in a fork of this interpreter. What it imports is imported once, because that
 * costs more CPU time than most of what is tested. A fork ends without freeing its memory, which costs as much again.
 */
const forkServer = `
import atexit, gc, importlib, json, os, sys, threading, traceback
program, *modules = sys.argv[1:]
for module in modules:
    importlib.import_module(module)
with open(program) as file:
    code = compile(file.read(), program, "exec")

def run(call):
    os.dup2(os.open(call["stdin"], os.O_RDONLY), 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(call[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.update(call["env"])
    os.chdir(call["cwd"])
    sys.argv = [program, *call["args"]]
    main = sys.modules["__main__"].__dict__
    main.update(__file__=program)
    try:
        exec(code, main)
        status = 0
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)

gc.freeze()
print("ready", flush=True)
while line := sys.stdin.readline():
    child = os.fork()
    if child == 0:
        run(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
`;

/** A program of Debian that is written in Python. Calls run one after the other. */
export interface PythonProgram {
  /** `input` is a file. */
  run(args: readonly string[], options?: Omit<RunOptions, "input"> & { readonly input?: string }): Promise<Ended>;
  stop(): void;
}

export async function startPythonProgram(
  gateway: RunningGateway,
  program: string,
  modules: readonly string[],
): Promise<PythonProgram> {
  const child: ChildProcess = spawn("/usr/bin/python3", ["-c", forkServer, program, ...modules], {
    env: cleanEnvironment(gateway.home),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("no pipes");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${program} could not be loaded`);
    return value;
  };
  await nextLine();
  return {
    async run(args, { keys, env, cwd = gateway.home, input = "/dev/null" } = {}) {
      const files = { stdout: join(gateway.home, "stdout"), stderr: join(gateway.home, "stderr") };
      const environment: NodeJS.ProcessEnv = {
        AWS_DEFAULT_REGION: "us-east-1",
        ...(keys === undefined
          ? {}
          : { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }),
        ...(keys?.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
        ...env,
      };
      stdin.write(`${JSON.stringify({ args, cwd, env: environment, stdin: input, ...files })}\n`);
      const code = Number(await nextLine());
      return { code, stdout: readFileSync(files.stdout, "utf8"), stderr: readFileSync(files.stderr, "utf8") };
    },
    stop: () => stdin.end(),
  };
}
