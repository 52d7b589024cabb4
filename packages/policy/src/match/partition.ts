/**
 * The partition in the ARNs of a policy. IAM, S3 and Organizations refuse to store a policy for another partition than their own, in which
 * nothing of the policy can mean a resource: a Deny with it would silently deny nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 * This is not checked when a stored policy is read: there a pattern only matches as it is written.
 */
import type { Policy, TextPattern } from "../model/policy.ts";
import { matchesEverything } from "./arn.ts";
import { matchParts, parsePattern } from "./pattern.ts";

/** The first resource of a policy whose ARN is of no resource in `partition` (`aws`), and the partition it has, as written. */
export function foreignPartition(
  { statements }: Policy,
  partition: string,
): { readonly resource: string; readonly written: string } | undefined {
  const foreign = statements
    .flatMap(({ resource }) => resource?.patterns ?? [])
    .find((pattern) => !matchesEverything(pattern) && !covers(writtenPartition(pattern), partition));
  return foreign === undefined ? undefined : { resource: foreign.text, written: writtenPartition(foreign) };
}

function writtenPartition({ text }: TextPattern): string {
  return text.split(":", 2)[1] ?? "";
}

/** With wildcards; a variable is no partition. */
function covers(written: string, partition: string): boolean {
  const pattern = parsePattern(written, { wildcards: true, variables: false });
  return "parts" in pattern && matchParts(pattern.parts, partition, () => undefined);
}
