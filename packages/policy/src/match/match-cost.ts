/**
 * What matching may cost at most, known from sizes before anything is matched: so a request can be charged for it, and refused,
 * early. INVARIANT: never less than what `matchSteps` counts.
 */
import type { ActionPattern, PatternPart, TextPattern } from "../model/policy.ts";
import { MAX_INDEX_OF } from "./glob.ts";
import { compileResourcePattern } from "./resource.ts";

/** Steps against a text of `n` units: `fixed + linear * n + square * n * n`. */
export interface MatchCost {
  readonly fixed: number;
  readonly linear: number;
  readonly square: number;
}

export const noCost: MatchCost = { fixed: 0, linear: 0, square: 0 };

export function addCosts(left: MatchCost, right: MatchCost): MatchCost {
  return {
    fixed: left.fixed + right.fixed,
    linear: left.linear + right.linear,
    square: left.square + right.square,
  };
}

export function stepsFor({ fixed, linear, square }: MatchCost, length: number): number {
  return fixed + (linear + square * length) * length;
}

/** A long run is searched with a table, which reads the text at most twice; a run with variables needs a new table each time. */
const TABLE_SEARCH = 2;
const TABLE = 2;
/** The value of a variable is compared only while it fits into the text that is left, in each of two ends and in between. */
const VALUES = 4;
/** Whatever the operator of a condition, it reads the value a few times at most beside its matching. */
const READS = 2;

/** Of a pattern that is matched with one text as a whole. */
function costOfParts(parts: readonly PatternPart[]): MatchCost {
  let { linear, square } = noCost;
  for (const run of runsBetween(parts)) {
    const search = costOfSearch(run);
    linear = Math.max(linear, search.linear);
    square = Math.max(square, search.square);
  }
  // Every literal is compared at most once at its place, and the table of a long one is made once.
  return { fixed: 2 * sizeOf(parts), linear: linear + (parts.some(isVariable) ? VALUES : 0), square };
}

/** What is between two `*`, and so has to be searched for. */
function runsBetween(parts: readonly PatternPart[]): readonly (readonly PatternPart[])[] {
  const runs: PatternPart[][] = [[]];
  for (const part of parts) {
    if (part.kind === "any-run") runs.push([]);
    else runs.at(-1)?.push(part);
  }
  return runs.slice(1, -1);
}

function costOfSearch(run: readonly PatternPart[]): MatchCost {
  // The only search that backtracks: every part may be tried at every place, and a value may be as long as the text.
  if (run.some(({ kind }) => kind === "any-one"))
    return { ...noCost, linear: sizeOf(run), square: run.some(isVariable) ? 1 : 0 };
  if (run.some(isVariable)) return { ...noCost, linear: MAX_INDEX_OF + TABLE_SEARCH + TABLE };
  const size = sizeOf(run) - 1 - run.length;
  return { ...noCost, linear: size <= MAX_INDEX_OF ? size : TABLE_SEARCH };
}

/** Every part and every unit of a literal is a step. */
function sizeOf(parts: readonly PatternPart[]): number {
  return parts.reduce((sum, part) => sum + 1 + (part.kind === "literal" ? part.text.length : 0), 1);
}

function isVariable({ kind }: PatternPart): boolean {
  return kind === "variable";
}

export function costOfResource(pattern: TextPattern): MatchCost {
  const whole = costOfParts(pattern.parts);
  const { shape, globs } = compileResourcePattern(pattern);
  if (shape !== "segments") return whole;
  // Each segment meets each piece of the text at most once; the beginning of the last is tried after every colon.
  const pieces = globs.length * 4 + pattern.parts.filter(isVariable).length;
  const head = globs[5]?.[0]?.parts ?? [];
  return {
    fixed: whole.fixed,
    linear: globs.length * whole.linear + pieces + 2 * sizeOf(head),
    square: globs.length * whole.square + (head.some(isVariable) ? 2 : 0),
  };
}

/** One constant of a condition. */
export function costOfConstant({ parts }: TextPattern): MatchCost {
  const cost = costOfParts(parts);
  return { ...cost, linear: cost.linear + READS };
}

export function costOfAction({ service, name }: ActionPattern): MatchCost {
  const parts = Array.from(`${service}:${name}`, (text): PatternPart => {
    if (text === "*") return { kind: "any-run" };
    return text === "?" ? { kind: "any-one" } : { kind: "literal", text };
  });
  return addCosts(costOfParts(parts), { fixed: 0, linear: MAX_INDEX_OF, square: 0 });
}
