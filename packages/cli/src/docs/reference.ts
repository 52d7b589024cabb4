import { serviceOptions } from "../service/service-options.ts";
import { allCommands } from "../commands/commands.ts";
import { exitStatus } from "../command-line/failures.ts";
import type { CommandDefinition, OptionDefinition } from "../command-line/definition.ts";

/** The reference page of the command, in Markdown, from the tables the parser is made from. */
export async function commandReference(): Promise<string> {
  const commands = await allCommands();
  return [
    "# The command\n",
    ...commands.map(({ definition }) => commandSection(definition)),
    "## Options of every command that talks to a service\n",
    "`--local` may also be given before the command.\n",
    optionTable(serviceOptions),
    "## Exit status\n",
    `${exitStatus.map(([code, meaning]) => `- \`${code}\`: ${meaning}`).join("\n")}\n`,
  ].join("\n");
}

function commandSection(definition: CommandDefinition): string {
  const usage = ["s3-credentials", definition.name, ...definition.arguments.map(argumentText)].join(" ");
  return [
    `## ${definition.name}\n`,
    `${definition.summary}.\n`,
    `    ${usage}${definition.options.length > 0 || definition.service ? " [options]" : ""}\n`,
    ...(definition.options.length > 0 ? [optionTable(definition.options)] : []),
    ...(definition.service ? ["With the options of every command that talks to a service (below).\n"] : []),
    `Example: \`${definition.example}\`\n`,
  ].join("\n");
}

function argumentText({ name, optional, repeatable }: CommandDefinition["arguments"][number]): string {
  const text = `${name}${repeatable === true ? "..." : ""}`;
  return optional === true ? `[${text}]` : text;
}

function optionTable(options: readonly OptionDefinition[]): string {
  const rows = options.map((option) => `| ${optionText(option)} | ${summaryText(option).replaceAll("|", "\\|")} |\n`);
  return `| option | |\n| --- | --- |\n${rows.join("")}`;
}

function optionText({ name, short, value }: OptionDefinition): string {
  const long = `--${name}${value === undefined ? "" : ` ${value}`}`;
  return short === undefined ? `\`${long}\`` : `\`-${short}\`, \`${long}\``;
}

function summaryText({ summary, choices, default: defaultValue, repeatable }: OptionDefinition): string {
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.join(", ")}`]),
    ...(defaultValue === undefined ? [] : [`default ${defaultValue}`]),
    ...(repeatable === true ? ["repeatable"] : []),
  ];
  return notes.length === 0 ? summary : `${summary} (${notes.join("; ")})`;
}
