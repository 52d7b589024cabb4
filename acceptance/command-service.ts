import { chmodSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { runCommand } from "../packages/cli/src/test/run-command.ts";
import { command } from "./gateway.ts";

const listOf = (file: string): readonly string[] => readFileSync(file, "utf8").split("\0").slice(0, -1);

/** Runs the command line of a waiting process as if in that process: its words, folder and environment. */
async function runFor(pid: number, file: string): Promise<number> {
  const [, , ...words] = listOf(`/proc/${pid}/cmdline`);
  const entries = listOf(`/proc/${pid}/environ`).map((line) => [
    line.slice(0, line.indexOf("=")),
    line.slice(line.indexOf("=") + 1),
  ]);
  const env = Object.fromEntries(entries) as NodeJS.ProcessEnv;
  const before = { folder: process.cwd(), env: process.env };
  process.chdir(readlinkSync(`/proc/${pid}/cwd`));
  process.env = { ...env }; // the AWS SDK reads it
  try {
    const { code, stdout, stderr } = await runCommand(words, { env });
    writeFileSync(`${file}.stdout`, stdout);
    writeFileSync(`${file}.stderr`, stderr);
    return code;
  } finally {
    process.chdir(before.folder);
    process.env = before.env;
  }
}

/**
 * A file that is `s3-credentials` to a shell, but runs its command lines in this process: a process for each costs more than what
 * most commands do. What lives longer or has a pipe for its input is a process of its own. One command line at a time.
 */
export async function startCommandService(file: string): Promise<{ stop(): void }> {
  const service = createServer((socket) => {
    socket.once("data", (pid) => {
      runFor(Number(pid.toString()), file).then(
        (code) => socket.end(`${code}\n`),
        (error: unknown) => socket.end(`1 ${String(error)}\n`),
      );
    });
  });
  await new Promise<void>((done) => service.listen(0, "127.0.0.1", done));
  const address = service.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const script = `#!/bin/bash
case " $* " in *" serve "* | *" recover "* | *" localserver "* | *" exec "*) exec '${command}' "$@" ;; esac
[ -p /dev/stdin ] && exec '${command}' "$@"
exec 3<>/dev/tcp/127.0.0.1/${address.port}
echo $$ >&3
read -r code error <&3
if [ -n "$error" ]; then echo "$error" >&2; else cat '${file}.stdout'; cat '${file}.stderr' >&2; fi
exit $code
`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return { stop: () => void service.close() };
}
