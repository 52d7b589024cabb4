import { catalogServices, serviceActions } from "@s3-credentials/policy";
import { completionScripts, type Shell, shells } from "../output/completion-scripts.ts";
import { UsageError } from "../command-line/failures.ts";
import { optionsOf } from "../service/service-options.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  type OptionDefinition,
  positional,
} from "../command-line/definition.ts";

type CommandTable = () => Promise<readonly Command[]>;

const definition = {
  name: "completion",
  summary: "Print a script that completes commands and options: for bash, zsh or fish",
  arguments: [{ name: "SHELL", summary: "bash, zsh or fish" }],
  options: [],
  service: false,
  example: "s3-credentials completion bash",
} as const satisfies CommandDefinition;

async function run(table: CommandTable, context: Context, invocation: Invocation): Promise<number> {
  const shell = positional(invocation, 0);
  if (!isShell(shell)) throw new UsageError(`no completion for ${shell}: there is ${shells.join(", ")}`);
  const commands = (await table()).map(({ definition: { name, summary, ...rest } }) => ({
    name,
    summary,
    options: optionsOf({ name, summary, ...rest }).map((option) => ({ ...option, values: valuesOf(option) })),
  }));
  await context.print(completionScripts[shell](commands));
  return 0;
}

function valuesOf({ choices, offered }: OptionDefinition): readonly string[] | undefined {
  if (offered === undefined) return choices;
  return catalogServices.flatMap((service) => (serviceActions(service) ?? []).map(({ name }) => name));
}

function isShell(name: string): name is Shell {
  return shells.some((shell) => shell === name);
}

/** The table is handed in, because it has this command in it too. */
export function completionOf(table: CommandTable): Command {
  return { definition, run: (context, invocation) => run(table, context, invocation) };
}
