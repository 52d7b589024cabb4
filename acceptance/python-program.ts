import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ended, RunOptions } from "../clients.ts";
import { cleanEnvironment, type RunningGateway } from "../gateway.ts";

/**
 * Each call runs the program's own file in this interpreter, or in a fork of it when the program keeps its state in its
 * modules. What it imports is imported once, because that costs more CPU time than most of what is tested. A fork ends
 * without freeing its memory, which costs as much again.
 */
const server = `
import atexit, gc, importlib, json, os, sys, threading, traceback
mode, program, *modules = sys.argv[1:]
calls, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
main = sys.modules["__main__"].__dict__
for module in modules:
    importlib.import_module(module)
with open(program) as file:
    code = compile(file.read(), program, "exec")

def answer(text):
    print(text, file=answers, flush=True)

def run(call):
    for number, name, flags in ((0, "stdin", 0), (1, "stdout", 577), (2, "stderr", 577)):
        descriptor = os.open(call[name], flags, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    before = dict(os.environ)
    os.environ.update(call["env"])
    os.chdir(call["cwd"])
    sys.argv = [program, *call["args"]]
    try:
        exec(code, {**main, "__name__": "__main__", "__file__": program})
        status = 0
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    sys.stdout.flush()
    sys.stderr.flush()
    os.environ.clear()
    os.environ.update(before)
    return status if isinstance(status, int) else 0 if status is None else 1

gc.freeze()
answer("ready")
while line := calls.readline():
    call = json.loads(line)
    if mode == "one process":
        answer(run(call))
        continue
    child = os.fork()
    if child == 0:
        status = run(call)
        atexit._run_exitfuncs()
        os._exit(status)
    answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
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
  mode: "one process" | "forks",
): Promise<PythonProgram> {
  const child: ChildProcess = spawn("/usr/bin/python3", ["-c", server, mode, program, ...modules], {
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
