import { readFileSync } from "node:fs";
import { Argument, Command as Parser, Option } from "commander";
import { allCommands, isCommandName, loadCommand } from "./commands/commands.ts";
import type { Command, CommandDefinition, OptionDefinition, OptionValues } from "./command-line/definition.ts";
import type { Context } from "./command-line/context.ts";
import { optionsOf, serviceOptions } from "./service/service-options.ts";
import { oneLine } from "./output/errors.ts";
import { interruptedExit, UsageError } from "./command-line/failures.ts";

const localOption = serviceOptions.filter((option) => option.name === "local");

/**
 * The parser of a command line, made from the table of commands: of the one it names alone, which then is all that is
 * loaded. `finish` receives the exit code.
 */
export async function buildProgram(
  argv: readonly string[],
  context: Context,
  finish: (exitCode: number) => void,
): Promise<Parser> {
  // Options before the name of the command take no value.
  const named = argv.find((word) => !word.startsWith("-"));
  const commands = named !== undefined && isCommandName(named) ? [await loadCommand(named)] : await allCommands();
  const program = configure(new Parser("s3-credentials"), context)
    .description("Create credentials for S3 that can do exactly what was asked and nothing else")
    .version(`s3-credentials, version ${version()}`, "-V, --version", "show the version and exit")
    .enablePositionalOptions();
  for (const option of localOption) program.addOption(parserOption(option));
  program.configureOutput({
    outputError: (text, write) => write(`${oneLine(oneLineError(afterCommand(text)))} (see --help)\n`),
  });
  for (const command of commands) addCommand(program, command, context, finish, argv.includes("--"));
  return program;
}

/** The version in this package's `package.json`. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}

function configure(parser: Parser, context: Context, shortHelp = true): Parser {
  return parser
    .helpOption(shortHelp ? "-h, --help" : "--help", "show this message and exit")
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      outputError: (text, write) => write(`${oneLine(oneLineError(text))} (see --help)\n`),
    });
}

/** An option that commands have was given before the command: it is known, so the error says where it belongs. */
function afterCommand(text: string): string {
  const [found, flag] = /unknown option '--([a-z-]+)[^']*'/.exec(text) ?? [];
  if (found === undefined || !serviceOptions.some(({ name }) => name === flag)) return text;
  // The parser guesses among the options that stand before the command, and this one is not misspelt.
  return text
    .replace(/\s*\n\(Did you mean .*\?\)/, "")
    .replace(found, `--${flag} must come after the name of the command`);
}

/** Words that people look for when a disk is broken, and that no command has in its name: what to do instead. */
const soughtWords: Readonly<Record<string, string>> = {
  restore: "a backup is a data folder: put it in the place of the other, docs/guide/backup-and-restore.md says how",
  repair: "did you mean fsck --repair?",
  check: "did you mean fsck?",
};

function oneLineError(text: string): string {
  const [, word = ""] = /unknown command '(\w+)'/.exec(text) ?? [];
  const instead = Object.hasOwn(soughtWords, word) ? soughtWords[word] : undefined;
  if (instead !== undefined) return `Error: unknown command '${word}'; ${instead}`;
  return text
    .replace(/^error: /, "Error: ")
    .replace(/\s*\n\(Did you mean (.*)\?\)/, "; did you mean $1?")
    .trimEnd();
}

/** The parser only guesses at misspellings: it does not know that `--policy` means `--policy-file`, the only option with that word. */
function withLongerOption(text: string, options: readonly OptionDefinition[]): string {
  const [, word] = /unknown option '--([a-z-]+)'$/.exec(text) ?? [];
  const [longer, another] = options.filter(({ name }) => `-${name}-`.includes(`-${word ?? ""}-`));
  return word === undefined || longer === undefined || another !== undefined
    ? text
    : `${text}; did you mean --${longer.name}?`;
}

function addCommand(
  program: Parser,
  command: Command,
  context: Context,
  finish: (exitCode: number) => void,
  separated: boolean,
): void {
  const { definition } = command;
  const options = optionsOf(definition);
  const parser = configure(new Parser(definition.name), context, !options.some(({ short }) => short === "h"))
    .summary(definition.summary)
    .description(definition.summary)
    .configureOutput({
      outputError: (text, write) => write(`${oneLine(withLongerOption(oneLineError(text), options))} (see --help)\n`),
    })
    .addHelpText("after", `\nExample:\n  $ ${definition.example}`);
  if (definition.passthrough === true) {
    passThrough(parser, definition);
  } else {
    for (const argument of definition.arguments) parser.addArgument(parserArgument(argument));
    for (const option of options) parser.addOption(parserOption(option));
  }
  if (definition.runsProgram === true) parser.passThroughOptions();
  parser.action(async () => {
    if (definition.runsProgram === true && !separated) requireSeparator(definition.name, parser.args);
    if (definition.runsProgram !== true) refuseEmpty(definition, parser.processedArgs);
    const given = { ...program.opts<Record<string, unknown>>(), ...parser.opts<Record<string, unknown>>() };
    const positionals =
      definition.passthrough === true ? parser.args : parser.processedArgs.flat().filter((item) => item !== undefined);
    const running = command.run(context, {
      options: optionValues(options, given),
      positionals: positionals.map(String),
    });
    finish(
      await (definition.handlesInterrupt === true ? running : Promise.race([running, interrupted(context.signal)])),
    );
  });
  program.addCommand(parser);
}

/** An unset variable of a script. To S3, an object without a key is its bucket: an upload would make a bucket and succeed. */
function refuseEmpty(definition: CommandDefinition, values: readonly unknown[]): void {
  definition.arguments.forEach(({ name, summary, optional }, index) => {
    if (optional === true || ![values[index]].flat().includes("")) return;
    throw new UsageError(`${name} is empty (${summary}); nothing was done`);
  });
}

/** Whose is an option after the other program's name? Both could mean it, so it is asked for. */
function requireSeparator(name: string, [program = "", ...rest]: readonly string[]): void {
  const option = rest.find((word) => word.startsWith("-"));
  if (option !== undefined)
    throw new UsageError(`put -- before ${program}, so that ${option} is an option of it: ${name} … -- ${program} …`);
}

/** The exit code of an interrupt, once there is one. */
function interrupted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(interruptedExit));
  });
}

function passThrough(parser: Parser, definition: CommandDefinition): void {
  const rows = definition.options.map((option) => [parserOption(option).flags, option.summary] as const);
  const width = Math.max(...rows.map(([flags]) => flags.length)) + 2;
  const help = rows.map(([flags, summary]) => `  ${flags.padEnd(width)}${summary}`).join("\n");
  parser
    .usage("[options]")
    .allowUnknownOption()
    .allowExcessArguments()
    .passThroughOptions()
    .addHelpText("after", `\nIts options:\n${help}`);
}

function parserOption(option: OptionDefinition): Option {
  const flags = `${option.short === undefined ? "" : `-${option.short}, `}--${option.name}${option.value === undefined ? "" : ` <${option.value}>`}`;
  const made = new Option(flags, option.summary);
  if (option.choices !== undefined) made.choices(option.choices);
  if (option.default !== undefined) made.default(option.default);
  if (option.repeatable === true) {
    made.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  return made;
}

function parserArgument(argument: CommandDefinition["arguments"][number]): Argument {
  const name = `${argument.name}${argument.repeatable === true ? "..." : ""}`;
  return new Argument(argument.optional === true ? `[${name}]` : `<${name}>`, argument.summary);
}

function optionValues(options: readonly OptionDefinition[], given: Readonly<Record<string, unknown>>): OptionValues {
  const values = new Map<string, string | true | readonly string[]>();
  for (const option of options) {
    const parsed = parserOption(option);
    const value = given[parsed.attributeName()];
    // `--no-clobber` is kept as `clobber`, and is true when it is not given.
    if (parsed.negate ? value === false : value === true) values.set(option.name, true);
    if (typeof value === "string") values.set(option.name, value);
    if (Array.isArray(value)) values.set(option.name, value.map(String));
  }
  return values;
}
