import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

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
before = set(os.environ)
for module in modules:
    importlib.import_module(module)
own = {name: value for name, value in os.environ.items() if name not in before}
with open(program) as file:
    code = compile(file.read(), program, "exec")

def answer(text):
    print(text, file=answers, flush=True)

def run(call):
    for number, name, flags in ((0, "stdin", 0), (1, "stdout", 577), (2, "stderr", 577)):
        descriptor = os.open(call[name], flags, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update({**own, **call["env"]})
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

export interface PythonCall {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A file; default: nothing. */
  readonly input?: string;
}

/** A program of Debian that is written in Python. Calls run one after the other. It ends with this process at the latest. */
export interface PythonProgram {
  run(args: readonly string[], call: PythonCall): Promise<Ended>;
  stop(): void;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function startPythonProgram(
  program: string,
  modules: readonly string[],
  mode: "one process" | "forks",
): Promise<PythonProgram> {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-python-"));
  const child: ChildProcess = spawn("/usr/bin/python3", ["-c", server, mode, program, ...modules], {
    env: { HOME: folder, PATH: process.env["PATH"] },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("no pipes");
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${program} could not be loaded`);
    return value;
  };
  await nextLine();
  const runOne = async (args: readonly string[], { cwd, env, input = "/dev/null" }: PythonCall): Promise<Ended> => {
    const files = { stdout: join(folder, "stdout"), stderr: join(folder, "stderr") };
    stdin.write(`${JSON.stringify({ args, cwd, env, stdin: input, ...files })}\n`);
    const code = Number(await nextLine());
    return { code, stdout: readFileSync(files.stdout, "utf8"), stderr: readFileSync(files.stderr, "utf8") };
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(args, call) {
      const ended = last.then(() => runOne(args, call));
      last = ended.catch(() => undefined);
      return ended;
    },
    stop: () => void stdin.end(),
  };
}
