import { type OptionDefinition, type OptionValues, textOption } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";

/** As many requests as the SDK opens connections for. */
const maxConcurrency = 50;

export const concurrencyOption = {
  name: "concurrency",
  value: "N",
  default: "16",
  summary: `requests under way at once, 1 to ${maxConcurrency}`,
} as const satisfies OptionDefinition;

export function concurrencyOf(options: OptionValues): number {
  const text = textOption(options, "concurrency") ?? concurrencyOption.default;
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > maxConcurrency)
    throw new UsageError(`--concurrency is a number from 1 to ${maxConcurrency}, not ${text}`);
  return count;
}
