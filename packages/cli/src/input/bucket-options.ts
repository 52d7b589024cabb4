import { checkBucketName, checkPrefix } from "@s3-credentials/policy";
import { listOption, type OptionDefinition, type OptionValues, textOption } from "../commands/definition.ts";
import { UsageError } from "../output/failures.ts";

export const prefixOptions = [
  { name: "prefix", value: "PREFIX", summary: "only keys that start with this" },
  { name: "also-prefix", value: "PREFIX", repeatable: true, summary: "and keys that start with this" },
] as const satisfies readonly OptionDefinition[];

/** Refuses names that are none: a `*` or `${…}` in a policy would mean many buckets. */
export function checkBuckets(names: readonly string[]): void {
  for (const name of names) {
    const problem = checkBucketName(name);
    if (problem !== undefined) throw new UsageError(problem);
  }
}

export interface PrefixOptions {
  /** None when every key is meant. */
  readonly prefixes: readonly string[];
  readonly warnings: readonly string[];
}

/** Refuses prefixes that would mean more than themselves, and warns of those that may be a mistake. */
export function readPrefixOptions(options: OptionValues): PrefixOptions {
  const given = [textOption(options, "prefix"), ...listOption(options, "also-prefix")].filter(
    (prefix) => prefix !== undefined,
  );
  if (given.length === 0 || given.some((prefix) => prefix === "" || prefix === "*"))
    return { prefixes: [], warnings: [] };
  const checks = given.map(checkPrefix);
  const error = checks.find((check) => check.error !== undefined)?.error;
  if (error !== undefined) throw new UsageError(error);
  return { prefixes: [...new Set(given)], warnings: checks.flatMap(({ warnings }) => warnings) };
}
