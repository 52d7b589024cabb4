import { checkPrefix, checkBucketName } from "@s3-credentials/policy";
import { listOption, type OptionDefinition, type OptionValues, textOption } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";

export const strictOption = {
  name: "strict",
  summary: "refuse a policy or statement of your own that allows more than the buckets",
} as const satisfies OptionDefinition;

export const prefixOptions = [
  { name: "prefix", value: "PREFIX", summary: "only keys that start with this" },
  { name: "also-prefix", value: "PREFIX", repeatable: true, summary: "and keys that start with this" },
] as const satisfies readonly OptionDefinition[];

/** Refuses names that are none: a `*` or `${…}` in a policy would mean many buckets. `prefixOption` is where keys go. */
export function checkBuckets(names: readonly string[], prefixOption = "--prefix"): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`the bucket ${twice} is named twice`);
  for (const name of names) {
    const problem = bucketNameFault(name, prefixOption);
    if (problem !== undefined) throw new UsageError(problem);
  }
}

export interface PrefixOptions {
  /** Empty for every key. */
  readonly prefixes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Refuses prefixes that would mean more than themselves, and warns of those that may be a mistake. An empty one is most
 * often a variable of a script that was not set.
 */
export function readPrefixOptions(options: OptionValues): PrefixOptions {
  const given = [textOption(options, "prefix"), ...listOption(options, "also-prefix")].filter(
    (prefix) => prefix !== undefined,
  );
  if (given.includes(""))
    throw new UsageError("--prefix is empty, which would mean the whole bucket: leave it out to mean that, or give *");
  if (given.length === 0) return { prefixes: [], warnings: [] };
  if (given.includes("*")) return { prefixes: [], warnings: ["the prefix `*` is the whole bucket"] };
  const checks = given.map(checkPrefix);
  const error = checks.find((check) => check.error !== undefined)?.error;
  if (error !== undefined) throw new UsageError(error);
  return { prefixes: [...new Set(given)], warnings: checks.flatMap(({ warnings }) => warnings) };
}

/** Which rule a bucket's name breaks; undefined when none. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketNameFault(name: string, prefixOption: string): string | undefined {
  const fault = checkBucketName(name);
  if (fault === undefined || /[*?]|\$\{/.test(name)) return fault;
  const rule = brokenRule(name, prefixOption);
  return rule === undefined ? fault : `\`${name}\` is not a bucket name: ${rule}`;
}

function brokenRule(name: string, prefixOption: string): string | undefined {
  if (name === "") return "it is empty";
  if (/^(s3|arn):/.test(name)) return "give only the name, without s3:// or the beginning of an ARN";
  const foreign = /[^A-Za-z0-9._-]/u.exec(name)?.[0];
  if (foreign === "/") return `it holds a \`/\`: give only the name, and keys with ${prefixOption}`;
  if (foreign !== undefined) return `it holds \`${foreign}\`, and may have letters, digits, dots and hyphens only`;
  if (name.length < 3) return `it has ${name.length} characters, and must have at least 3`;
  if (name.length > 63) return `it has ${name.length} characters, and may have at most 63`;
  return /^[A-Za-z0-9]/.test(name) ? undefined : "it must begin with a letter or a digit";
}
