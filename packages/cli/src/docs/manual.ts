import { optionsOf, serviceOptions } from "../service/service-options.ts";
import { allCommands } from "../commands/commands.ts";
import { exitStatus } from "../command-line/failures.ts";
import type { CommandDefinition, OptionDefinition } from "../command-line/definition.ts";

/** The manual page (section 1, man macros), from the tables the parser is made from. */
export async function manualPage(version: string): Promise<string> {
  const commands = await allCommands();
  return [
    `.TH S3\\-CREDENTIALS 1 "" "s3\\-credentials ${version}" "User Commands"`,
    ".SH NAME",
    "s3\\-credentials \\- create S3 credentials that can do exactly what was asked and nothing else",
    ".SH SYNOPSIS",
    ".B s3\\-credentials",
    "COMMAND [options]",
    ".SH COMMANDS",
    ...commands.flatMap(({ definition }) => commandLines(definition)),
    ".SH OPTIONS OF EVERY COMMAND THAT TALKS TO A SERVICE",
    ...serviceOptions.flatMap(optionLines),
    ".SH EXIT STATUS",
    `${exitStatus.map(([code, meaning]) => `${code} ${meaning}`).join("; ")}.`,
    "",
  ].join("\n");
}

function commandLines(definition: CommandDefinition): readonly string[] {
  const words = definition.arguments.map(({ name, optional, repeatable }) => {
    const text = `${name}${repeatable === true ? "..." : ""}`;
    return optional === true ? `[${text}]` : text;
  });
  const own = optionsOf({ ...definition, service: false });
  return [
    `.SS ${escape([definition.name, ...words].join(" "))}`,
    `${escape(definition.summary)}.`,
    ...own.flatMap(optionLines),
    ".PP",
    `Example: ${escape(definition.example)}`,
  ];
}

function optionLines({ name, short, value, summary }: OptionDefinition): readonly string[] {
  const flags = [...(short === undefined ? [] : [`-${short}`]), `--${name}`].join(", ");
  return [".TP", `.B ${escape(`${flags}${value === undefined ? "" : ` ${value}`}`)}`, escape(summary)];
}

/** A backslash, a hyphen, and a dot or quote at the beginning of a line mean something to the formatter. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}
