import type { RowFormat } from "../output/rows.ts";
import { hasOption, type OptionDefinition, type OptionValues } from "../command-line/definition.ts";
import type { Context } from "../command-line/context.ts";

/** The options of every command that prints rows. */
export const rowOptions = [
  { name: "nl", summary: "newline-delimited JSON, one object a line" },
  { name: "csv", summary: "CSV" },
  { name: "tsv", summary: "TSV" },
] as const satisfies readonly OptionDefinition[];

/** When several formats are given, the first in this list is used, as in the Python tool; without one, JSON. */
export function rowFormat(options: OptionValues): RowFormat {
  if (hasOption(options, "nl")) return "nl";
  if (hasOption(options, "tsv")) return "tsv";
  return hasOption(options, "csv") ? "csv" : "json";
}

/** One line for each name that was asked for and does not exist. That is not a failure, because scripts for the Python tool go on. */
export function warnMissing(context: Context, what: "bucket" | "role", missing: ReadonlySet<string>): void {
  for (const name of missing) context.say(`Warning: there is no ${what} ${name} in this account`);
}
