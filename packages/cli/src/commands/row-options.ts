import type { RowFormat } from "../output/rows.ts";
import { hasOption, type OptionDefinition, type OptionValues } from "../command-line/definition.ts";

/** The options of every command that prints rows. */
export const rowOptions = [
  { name: "nl", summary: "newline-delimited JSON, one object a line" },
  { name: "csv", summary: "CSV" },
  { name: "tsv", summary: "TSV" },
] as const satisfies readonly OptionDefinition[];

/** Of several the first that stands here, as in the original; of none JSON. */
export function rowFormat(options: OptionValues): RowFormat {
  if (hasOption(options, "nl")) return "nl";
  if (hasOption(options, "tsv")) return "tsv";
  return hasOption(options, "csv") ? "csv" : "json";
}
