/**
 * A `Resource` pattern against an ARN. Wildcards stay within the segments of the pattern, but for a `*` that ends one: "If the
 * * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries."
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * The ARN condition operators have their own rule: see `matchArnPattern`.
 */
import type { ContextLookup } from "../model/request.ts";
import type { TextPattern } from "../model/policy.ts";
import { matchesEverything, segmentsOf } from "./arn.ts";
import { compileGlob, type Glob, matchGlob, matchHead } from "./glob.ts";
import { memoize } from "./memoize.ts";

/**
 * What has to be matched after the literal. `exact`: nothing. `prefix`: anything. `tail`: the literal reaches into the last
 * segment of the ARN, so one glob takes the rest. `segments`: an earlier segment has a wildcard or a variable. `never`: the
 * pattern does not have six segments, so it matches no ARN.
 */
export type PatternShape = "exact" | "prefix" | "tail" | "segments" | "never";

export interface ResourcePattern {
  readonly shape: PatternShape;
  /** What every text the pattern matches begins with; `""` for `*`. */
  readonly literal: string;
  readonly pattern: TextPattern;
  /** For `tail` the rest of the pattern, for `segments` each segment; else empty. */
  readonly globs: readonly Glob[];
}

export function compileResourcePattern(pattern: TextPattern): ResourcePattern {
  if (matchesEverything(pattern)) return { shape: "prefix", literal: "", pattern, globs: [] };
  const [head, ...rest] = pattern.parts;
  const literal = head?.kind === "literal" ? head.text : "";
  const shape = shapeOf(pattern, literal);
  const globs =
    shape === "tail" ? [compileGlob(rest)] : shape === "segments" ? segmentsOf(pattern).map(compileGlob) : [];
  return { shape, literal, pattern, globs };
}

function shapeOf(pattern: TextPattern, literal: string): PatternShape {
  if (segmentsOf(pattern).length < 6) return "never";
  if (literal.split(":").length < 6) return "segments";
  const [, next, ...more] = pattern.parts;
  if (next === undefined) return "exact";
  // After the first half of a character the rest has to find its boundary.
  return next.kind === "any-run" && more.length === 0 && !/[\ud800-\udbff]$/.test(literal) ? "prefix" : "tail";
}

/** Whether a text that is known to begin with the literal matches. Case-sensitive; a variable without a value matches nothing. */
export function matchesAfterLiteral(
  { shape, literal, globs }: ResourcePattern,
  text: string,
  context: ContextLookup,
): boolean {
  switch (shape) {
    case "prefix":
      return true;
    case "exact":
      return text.length === literal.length;
    case "tail":
      return globs[0] !== undefined && matchGlob(globs[0], text, literal.length, context);
    case "segments":
      return matchSegments(globs, text, context);
    case "never":
      return false;
  }
}

export function matchesResource(compiled: ResourcePattern, text: string, context: ContextLookup): boolean {
  return text.startsWith(compiled.literal) && matchesAfterLiteral(compiled, text, context);
}

const compiledPattern = memoize(compileResourcePattern);

/** The same for a pattern as it is in a document. */
export function matchResource(pattern: TextPattern, arn: string, lookup: ContextLookup): boolean {
  return matchesResource(compiledPattern(pattern), arn, lookup);
}

/**
 * Each of the first five segments takes what is between two colons of the text. One that ends in `*` may take more of the text,
 * up to a later colon; only the last such segment is tried with more, because an earlier one that takes more leaves less to match.
 */
function matchSegments(globs: readonly Glob[], text: string, context: ContextLookup): boolean {
  let segment = 0;
  let at = 0;
  let resume = -1;
  let resumeAt = 0;
  for (;;) {
    const glob = globs[segment];
    if (glob === undefined) return false;
    if (segment === 5) {
      if (matchGlob(glob, text, at, context)) return true;
      // What comes after the first `*` of the last segment fits nowhere in a shorter rest either.
      if (glob.length > 1 && matchHead(glob, text, at, context) >= 0) return false;
    } else {
      const colon = text.indexOf(":", at);
      if (colon === -1) return false;
      if (matchGlob(glob, text.slice(at, colon), 0, context)) {
        segment += 1;
        at = colon + 1;
        if (isOpen(glob)) {
          resume = segment;
          resumeAt = at;
        }
        continue;
      }
    }
    const next = text.indexOf(":", resumeAt);
    if (resume < 0 || next === -1) return false;
    segment = resume;
    at = next + 1;
    resumeAt = at;
  }
}

/** Whether it ends in `*`. */
function isOpen(glob: Glob): boolean {
  return glob.length > 1 && glob.at(-1)?.parts.length === 0;
}
