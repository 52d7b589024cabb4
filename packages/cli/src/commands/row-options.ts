import type { RowFormat } from "../output/rows.ts";
import { UsageError } from "../command-line/failures.ts";
import { hasOption, type OptionDefinition, type OptionValues } from "../command-line/definition.ts";

/** The options of every command that prints rows. */
export const rowOptions = [
  { name: "nl", summary: "newline-delimited JSON, one object a line" },
  { name: "csv", summary: "CSV" },
  { name: "tsv", summary: "TSV" },
] as const satisfies readonly OptionDefinition[];

/** One of them, or JSON. Throws `UsageError` for two. */
export function rowFormat(options: OptionValues): RowFormat {
  const given = rowOptions.filter(({ name }) => hasOption(options, name)).map(({ name }) => `--${name}`);
  if (given.length > 1) throw new UsageError(`${given.join(" and ")} cannot be used together`);
  if (hasOption(options, "nl")) return "nl";
  if (hasOption(options, "tsv")) return "tsv";
  return hasOption(options, "csv") ? "csv" : "json";
}
