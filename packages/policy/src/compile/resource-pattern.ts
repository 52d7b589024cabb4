/** A resource pattern by its shape: most are a literal, or a literal and a final `*`, and need no matching at all. */
import type { ContextLookup } from "../evaluate/request.ts";
import { matchesEverything } from "../names/arn.ts";
import { matchResource } from "../names/resource.ts";
import type { TextPattern } from "../syntax/policy.ts";
import { matchTail } from "./match-tail.ts";

/**
 * `exact`: the literal is all. `prefix`: the literal, then anything. `tail`: the literal reaches into the last segment
 * of the ARN, so the parts after it are matched as plain text. `segments`: a wildcard or variable stands in an earlier
 * segment. `never`: not six segments.
 */
export type PatternShape = "exact" | "prefix" | "tail" | "segments" | "never";

export interface ResourcePattern {
  readonly shape: PatternShape;
  /** What every text the pattern matches begins with; `""` for `*`. */
  readonly literal: string;
  readonly pattern: TextPattern;
}

export function compileResourcePattern(pattern: TextPattern): ResourcePattern {
  if (matchesEverything(pattern)) return { shape: "prefix", literal: "", pattern };
  const [head, next] = pattern.parts;
  const literal = head?.kind === "literal" ? head.text : "";
  return { shape: shapeOf(pattern, literal, next?.kind === "any-run"), literal, pattern };
}

function shapeOf({ parts }: TextPattern, literal: string, run: boolean): PatternShape {
  const colons = parts.reduce((sum, part) => sum + (part.kind === "literal" ? colonsIn(part.text) : 0), 0);
  // What has no six segments of its own matches no ARN, see `matchResource`.
  if (colons < 5) return "never";
  if (colonsIn(literal) < 5) return "segments";
  if (parts.length === 1) return "exact";
  return parts.length === 2 && run ? "prefix" : "tail";
}

function colonsIn(text: string): number {
  return text.split(":").length - 1;
}

/** Whether a text that is known to begin with the literal matches. */
export function matchesAfterLiteral(
  { shape, literal, pattern }: ResourcePattern,
  text: string,
  context: ContextLookup,
): boolean {
  switch (shape) {
    case "prefix":
      return true;
    case "exact":
      return text.length === literal.length;
    case "tail":
      return matchTail(pattern.parts, text, literal.length, context);
    case "segments":
      return matchResource(pattern, text, context);
    case "never":
      return false;
  }
}

export function matchesResource(compiled: ResourcePattern, text: string, context: ContextLookup): boolean {
  return text.startsWith(compiled.literal) && matchesAfterLiteral(compiled, text, context);
}
