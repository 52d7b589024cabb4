import type { Context } from "./context.ts";

/** An option as data: the parser, the help and the reference pages are made from it. */
export interface OptionDefinition {
  /** The long name without its dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** The name of its value in help; absent for a switch. */
  readonly value?: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** What shells offer as its value, beside which any other may be given. */
  readonly offered?: "actions";
  /** The value when the option is not given. A switch has none. */
  readonly default?: string;
  readonly repeatable?: true;
}

export interface ArgumentDefinition {
  readonly name: string;
  readonly summary: string;
  readonly optional?: true;
  readonly repeatable?: true;
}

export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  /** Whether it talks to a service: then it has the options of `service/service-options.ts` too. */
  readonly service: boolean;
  /** Everything after the name goes to the command as it was written; the options are for its help only. */
  readonly passthrough?: true;
  /** Whether its arguments are another program's command line: options after its first word are not ours. */
  readonly runsProgram?: true;
  /** Whether it stops cleanly by itself on `context.signal`; else an interrupt ends it at once. */
  readonly handlesInterrupt?: true;
  /** A complete command line. */
  readonly example: string;
}

/** Options given on the command line by long name. A switch that was not given has no entry. */
export type OptionValues = ReadonlyMap<string, string | true | readonly string[]>;

export interface Invocation {
  readonly options: OptionValues;
  /** The arguments that are not options, in order. */
  readonly positionals: readonly string[];
}

export interface Command {
  readonly definition: CommandDefinition;
  /** Resolves to the exit code; throws `UsageError` (2) or anything else (1). */
  readonly run: (context: Context, invocation: Invocation) => Promise<number>;
}

export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options.get(name);
  return typeof value === "string" ? value : undefined;
}

export function hasOption(options: OptionValues, name: string): boolean {
  return options.get(name) !== undefined;
}

export function listOption(options: OptionValues, name: string): readonly string[] {
  const value = options.get(name);
  return typeof value === "object" ? value : [];
}

/** A positional argument that the definition requires. */
export function positional(invocation: Invocation, index: number): string {
  return invocation.positionals[index] ?? "";
}
