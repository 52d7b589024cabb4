import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { runCommand } from "../packages/cli/src/test/run-command.ts";
import { type Ended, residentAws } from "./clients.ts";
import { command } from "./gateway.ts";

interface CommandLine {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The file of what came by a pipe. */
  readonly input?: string;
}

const listOf = (file: string): readonly string[] => readFileSync(file, "utf8").split("\0").slice(0, -1);

/** The command line of a waiting process. */
function commandLineOf(pid: number): CommandLine {
  const [, , ...words] = listOf(`/proc/${pid}/cmdline`);
  const entries = listOf(`/proc/${pid}/environ`).map((line) => [
    line.slice(0, line.indexOf("=")),
    line.slice(line.indexOf("=") + 1),
  ]);
  return { words, cwd: readlinkSync(`/proc/${pid}/cwd`), env: Object.fromEntries(entries) as NodeJS.ProcessEnv };
}

/** As if in a process with that folder and environment. */
async function runHere({ words, cwd, env, input }: CommandLine): Promise<Ended> {
  const before = { folder: process.cwd(), env: process.env };
  process.chdir(cwd);
  process.env = { ...env }; // the AWS SDK reads it
  try {
    return await runCommand(words, { env, ...(input === undefined ? {} : { stdin: readFileSync(input) }) });
  } finally {
    process.chdir(before.folder);
    process.env = before.env;
  }
}

interface ServedProgram {
  readonly name: string;
  readonly file: string;
  /** Commands of it that have a process of their own. */
  readonly apart: readonly string[];
  readonly run: (line: CommandLine) => Promise<Ended>;
}

const programs: readonly ServedProgram[] = [
  { name: "s3-credentials", file: command, apart: ["serve", "localserver", "exec"], run: runHere },
  {
    name: "aws",
    // The first on the PATH: Debian's knows no endpoint of the environment and not all of Access Analyzer.
    file: execFileSync("/bin/bash", ["-c", "command -v aws"], { encoding: "utf8" }).trim(),
    apart: ["accessanalyzer"],
    run: async ({ words, ...more }) => (await residentAws()).run(words, more),
  },
];

/**
 * Makes files in `folder` that are `s3-credentials` and `aws` to a shell, but run their command lines in this process, or in one for all:
 * a process for each costs more than what most commands do. What lives longer is a process of its own. One command line at a time, and
 * what comes by a pipe is read to its end before.
 */
export async function startCommandService(folder: string): Promise<{ stop(): void }> {
  const service = createServer((socket) => {
    const answer = async (request: string): Promise<string> => {
      const [name, pid, ...input] = request.trim().split(" ");
      const program = programs.find((one) => one.name === name);
      if (program === undefined) throw new Error(`no program ${name}`);
      const piped = input.length === 0 ? {} : { input: join(folder, "stdin") };
      const { code, stdout, stderr } = await program.run({ ...commandLineOf(Number(pid)), ...piped });
      writeFileSync(join(folder, "stdout"), stdout);
      writeFileSync(join(folder, "stderr"), stderr);
      return `${code}\n`;
    };
    socket.once("data", (request) => {
      answer(request.toString()).then(
        (line) => socket.end(line),
        (error: unknown) => socket.end(`1 ${String(error)}\n`),
      );
    });
  });
  await new Promise<void>((done) => service.listen(0, "127.0.0.1", done));
  const address = service.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  for (const { name, file, apart } of programs) {
    const isApart = apart.map((word) => `*" ${word} "*) exec '${file}' "$@" ;; `).join("");
    const script = `#!/bin/bash
case " $* " in ${isApart}esac
input=
[ -p /dev/stdin ] && cat >'${folder}/stdin' && input=stdin
exec 3<>/dev/tcp/127.0.0.1/${address.port}
echo ${name} $$ $input >&3
read -r code error <&3
if [ -n "$error" ]; then echo "$error" >&2; else cat '${folder}/stdout'; cat '${folder}/stderr' >&2; fi
exit $code
`;
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  return { stop: () => void service.close() };
}
