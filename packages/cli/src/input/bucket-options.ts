import { checkBucketName, checkPrefix } from "@s3-credentials/policy";
import { UsageError } from "../output/failures.ts";

/** Refuses names that are none: a `*` or `${…}` in a policy would mean many buckets. */
export function checkBuckets(names: readonly string[]): void {
  for (const name of names) {
    const problem = checkBucketName(name);
    if (problem !== undefined) throw new UsageError(problem);
  }
}

export interface PrefixOption {
  /** Absent when every key is meant. */
  readonly prefix?: string;
  readonly warnings: readonly string[];
}

/** Refuses a prefix that would mean more than itself, and warns of one that may be a mistake. */
export function readPrefixOption(given: string | undefined): PrefixOption {
  if (given === undefined || given === "" || given === "*") return { warnings: [] };
  const { error, warnings } = checkPrefix(given);
  if (error !== undefined) throw new UsageError(error);
  return { prefix: given, warnings };
}
