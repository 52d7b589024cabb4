/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
import type { ContextLookup } from "../model/request.ts";
import type { PatternPart, TextPattern } from "../model/policy.ts";
import { memoize } from "./memoize.ts";
import { matchParts } from "./pattern.ts";

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  /** Empty where the service has none (S3). */
  readonly account: string;
  /** All after the fifth colon. */
  readonly resource: string;
}

/** Undefined when the text has not the six parts, or begins with something else than `arn:`. */
export function parseArn(text: string): Arn | undefined {
  const [scheme, partition, service, region, account, resource] = splitArn(text);
  if (scheme !== "arn" || partition === undefined || service === undefined) return undefined;
  if (region === undefined || account === undefined || resource === undefined) return undefined;
  if (partition === "" || service === "" || resource === "") return undefined;
  return { partition, service, region, account, resource };
}

export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** At most six segments: colons after the fifth belong to the last. */
function splitArn(text: string): readonly string[] {
  const segments: string[] = [];
  let from = 0;
  while (segments.length < 5) {
    const colon = text.indexOf(":", from);
    if (colon === -1) break;
    segments.push(text.slice(from, colon));
    from = colon + 1;
  }
  segments.push(text.slice(from));
  return segments;
}

type Segments = readonly (readonly PatternPart[])[];

/** The parts between the first five colons of literal text. */
export const segmentsOf = memoize((pattern: TextPattern): Segments => {
  const segments: PatternPart[][] = [[]];
  for (const part of pattern.parts) {
    if (part.kind !== "literal") {
      segments.at(-1)?.push(part);
      continue;
    }
    let rest = part.text;
    while (segments.length < 6 && rest.includes(":")) {
      const colon = rest.indexOf(":");
      if (colon > 0) segments.at(-1)?.push({ kind: "literal", text: rest.slice(0, colon) });
      segments.push([]);
      rest = rest.slice(colon + 1);
    }
    if (rest !== "") segments.at(-1)?.push({ kind: "literal", text: rest });
  }
  return segments;
});

/** A pattern of nothing but `*`: everything, also what is not an ARN. */
export function matchesEverything(pattern: TextPattern): boolean {
  return pattern.parts.length === 1 && pattern.parts[0]?.kind === "any-run";
}

/** Whether the pattern is `*` or has the six segments of an ARN. */
export function isArnPattern(pattern: TextPattern): boolean {
  const segments = segmentsOf(pattern);
  if (matchesEverything(pattern)) return true;
  const [scheme, , , , , resource] = segments;
  return (
    segments.length === 6 &&
    scheme?.length === 1 &&
    scheme[0]?.kind === "literal" &&
    scheme[0].text === "arn" &&
    (resource?.length ?? 0) > 0
  );
}

/**
 * For the ARN condition operators: "each of the six colon-delimited components of the ARN is checked separately". A wildcard
 * stays inside its segment, but for the last, where `*` takes slashes and colons too. Case-sensitive.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function matchArnPattern(pattern: TextPattern, arn: string, lookup: ContextLookup): boolean {
  if (matchesEverything(pattern)) return true;
  const segments = segmentsOf(pattern);
  const texts = splitArn(arn);
  if (segments.length !== 6 || texts.length !== 6) return false;
  return segments.every((parts, index) => {
    const text = texts[index] ?? "";
    return matchParts(parts, text, lookup);
  });
}
