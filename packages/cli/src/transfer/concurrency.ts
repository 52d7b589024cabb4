import { type OptionDefinition, type OptionValues, textOption } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";

/** As many requests as the SDK opens connections for. */
const most = 50;

export const concurrencyOption = {
  name: "concurrency",
  value: "N",
  fallback: "16",
  summary: `requests under way at once, 1 to ${most}`,
} as const satisfies OptionDefinition;

export function concurrencyOf(options: OptionValues): number {
  const text = textOption(options, "concurrency") ?? concurrencyOption.fallback;
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw new UsageError(`--concurrency is a number from 1 to ${most}, not ${text}`);
  return count;
}
