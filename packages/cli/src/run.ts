import type { Readable } from "node:stream";
import type { Context, Terminal } from "./command-line/context.ts";
import { isCommandName } from "./commands/commands.ts";
import { CommandError, interruptedExit, UsageError } from "./command-line/failures.ts";
import { errorCode } from "./files/file-error.ts";
import { describeError, exitCodeOf, withoutSecrets } from "./output/errors.ts";
import { writeAll } from "./output/standard-output.ts";
import { escapeControls, terminalText } from "./output/terminal-text.ts";
import { buildProgram } from "./program.ts";
import { CommanderError } from "commander";

export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** Runs one command line (`argv` without node and script) and resolves to its exit code: 0, 1 failure, 2 usage, 130 interrupted, 141 when nobody reads on. */
export async function run(argv: readonly string[], streams: Streams): Promise<number> {
  const secrets: string[] = [];
  const closed = { stdout: false };
  // A closed reader (`… | head`) is reported by the write that meets it, not as an uncaught event.
  streams.stdout.on("error", () => (closed.stdout = true));
  streams.stderr.on("error", () => {});
  const context = makeContext(streams, secrets);
  let exitCode = 0;
  try {
    const commandLine = asHelpOption(argv);
    const program = await buildProgram(commandLine, context, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...commandLine], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (closed.stdout && errorCode(error) === "EPIPE") return 141; // what a shell reports of a command that SIGPIPE ended
    if (error instanceof CommandError) for (const line of error.details) context.say(withoutSecrets(line, secrets));
    context.say(`Error: ${withoutSecrets(describeError(error), secrets)}`);
    return context.signal.aborted ? interruptedExit : exitCodeOf(error);
  }
}

/** `help create` is `create --help`; `help nosuch` is as wrong as `nosuch`. No command is a question for help. */
function asHelpOption(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (argv.every((word) => word === "--local")) return ["--help"];
  if (first !== "help") return argv;
  const name = rest.find((word) => !word.startsWith("-"));
  if (name === undefined) return ["--help"];
  return isCommandName(name) ? [name, "--help"] : [name];
}

function makeContext(streams: Streams, secrets: string[]): Context {
  const { stdout, stderr, env } = streams;
  let takenBy: string | undefined;
  const takeStdin = (reader: string): Readable => {
    if (takenBy !== undefined) throw new UsageError(`standard input can be read once, and ${takenBy} reads it already`);
    takenBy = reader;
    return streams.stdin;
  };
  return {
    env,
    stdout,
    stderr,
    signal: streams.signal ?? new AbortController().signal,
    print: (text) => writeAll(stdout, stdout.isTTY === true ? terminalText(text) : text),
    shown: (name) => (stdout.isTTY === true ? escapeControls(name) : name),
    say: (line) => {
      stderr.write(`${stderr.isTTY === true ? terminalText(line) : line}\n`);
    },
    takeStdin,
    readStdin: async (reader) => {
      const { buffer } = await import("node:stream/consumers");
      return buffer(takeStdin(reader));
    },
    hide: (secret) => {
      if (secret !== undefined) secrets.push(secret);
    },
  };
}
