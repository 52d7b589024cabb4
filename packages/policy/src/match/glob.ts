/**
 * The one matcher of text with `*`, `?` and variables. A pattern is a list of runs with a `*` between any two. The first run
 * must begin the text, the last run must end it, and each run between them is taken at the first place where it fits. That is
 * enough: a later place leaves less text for the runs that follow. Characters are code points, so a `*` or `?` never splits a
 * surrogate pair.
 */
import type { ContextLookup } from "../model/request.ts";
import type { PatternPart } from "../model/policy.ts";

type RunPart = Exclude<PatternPart, { kind: "any-run" }>;

/** What is between two `*`. */
export interface Run {
  readonly parts: readonly RunPart[];
  /** The whole run, when it has neither `?` nor variables. */
  readonly text: string | undefined;
  readonly hasAnyOne: boolean;
  /** Of `text`, made when it is first searched for: see `bordersOf`. */
  borders: readonly number[] | undefined;
}

/** One run more than the pattern has `*`. */
export type Glob = readonly Run[];

/** `indexOf` compares at most this many units at each place; longer runs are searched with a table that bounds the work. */
export const MAX_INDEX_OF = 8;

let steps = 0;

/** Units compared since the process began: tests measure the cost of a match by it. */
export function matchSteps(): number {
  return steps;
}

export function compileGlob(parts: readonly PatternPart[]): Glob {
  const runs: RunPart[][] = [[]];
  for (const part of parts) {
    if (part.kind === "any-run") runs.push([]);
    else runs.at(-1)?.push(part);
  }
  return runs.map(runOf);
}

function runOf(parts: readonly RunPart[]): Run {
  const literals = parts.flatMap((part) => (part.kind === "literal" ? part.text : []));
  return {
    parts,
    text: literals.length === parts.length ? literals.join("") : undefined,
    hasAnyOne: parts.some(({ kind }) => kind === "any-one"),
    borders: undefined,
  };
}

/** Whether the text from `from` on matches, in case too. A variable without a value matches nothing. */
export function matchGlob(glob: Glob, text: string, from: number, context: ContextLookup): boolean {
  const last = glob.length - 1;
  let at = matchHead(glob, text, from, context);
  if (at < 0 || last === 0) return at === text.length;
  const end = startOfLast(glob[last], text, at, context);
  if (end < 0) return false;
  for (let index = 1; index < last && at >= 0; index += 1) at = findRun(glob[index], text, at, end, context);
  return at >= 0;
}

/** Where the first run ends when it begins at `from`; -1 when it does not fit there. */
export function matchHead(glob: Glob, text: string, from: number, context: ContextLookup): number {
  const end = endOfRun(glob[0]?.parts ?? [], text, from, context);
  return end >= 0 && splitsPair(text, end) ? -1 : end;
}

function endOfRun(parts: readonly RunPart[], text: string, from: number, context: ContextLookup): number {
  let at = from;
  for (const part of parts) {
    steps += 1;
    if (part.kind === "any-one") {
      if (at >= text.length || splitsPair(text, at)) return -1;
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      continue;
    }
    const wanted = part.kind === "literal" ? part.text : valueOf(part, context);
    if (wanted === undefined || wanted.length > text.length - at) return -1;
    steps += wanted.length;
    if (!text.startsWith(wanted, at)) return -1;
    at += wanted.length;
  }
  return at;
}

/** Where the last run begins when it ends the text; -1 when it would begin before `least`. */
function startOfLast(run: Run | undefined, text: string, least: number, context: ContextLookup): number {
  const parts = run?.parts ?? [];
  let at = text.length;
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const part = parts[index];
    if (part === undefined) continue;
    steps += 1;
    if (part.kind === "any-one") {
      if (at <= least || splitsPair(text, at)) return -1;
      at -= splitsPair(text, at - 1) ? 2 : 1;
      continue;
    }
    const wanted = part.kind === "literal" ? part.text : valueOf(part, context);
    if (wanted === undefined || wanted.length > at - least) return -1;
    at -= wanted.length;
    steps += wanted.length;
    if (!text.startsWith(wanted, at)) return -1;
  }
  return at < least || splitsPair(text, at) ? -1 : at;
}

/** Where the run ends at the first place between `from` and `end` where it fits; -1 when it fits nowhere. */
function findRun(run: Run | undefined, text: string, from: number, end: number, context: ContextLookup): number {
  if (run === undefined) return -1;
  if (run.hasAnyOne) return findByTrying(run.parts, text, from, end, context);
  if (run.text === undefined) {
    const wanted = joinParts(run.parts, end - from, context);
    return wanted === undefined ? -1 : findText(wanted, undefined, text, from, end);
  }
  if (run.text.length > end - from) return -1;
  if (run.text.length > MAX_INDEX_OF) run.borders ??= bordersOf(run.text);
  return findText(run.text, run.borders, text, from, end);
}

/** The run as text; undefined when a variable has no value, or when there are more than `max` units. */
function joinParts(parts: readonly RunPart[], max: number, context: ContextLookup): string | undefined {
  let joined = "";
  for (const part of parts) {
    const text = part.kind === "literal" ? part.text : part.kind === "variable" ? valueOf(part, context) : undefined;
    if (text === undefined || joined.length + text.length > max) return undefined;
    joined += text;
  }
  return joined;
}

/** A run with `?`: the one search whose work may be the run's length times the text's. Its cost is charged so. */
function findByTrying(
  parts: readonly RunPart[],
  text: string,
  from: number,
  end: number,
  context: ContextLookup,
): number {
  const values = parts.map((part): RunPart | undefined => {
    if (part.kind !== "variable") return part;
    const value = valueOf(part, context);
    return value === undefined ? undefined : { kind: "literal", text: value };
  });
  if (!values.every((part) => part !== undefined)) return -1;
  for (let at = from; at < end; at += 1) {
    if (splitsPair(text, at)) continue;
    const found = endOfRun(values, text, at, context);
    if (found >= 0 && found <= end && !splitsPair(text, found)) return found;
  }
  return -1;
}

function findText(
  wanted: string,
  borders: readonly number[] | undefined,
  text: string,
  from: number,
  end: number,
): number {
  if (wanted.length > MAX_INDEX_OF) return findLong(wanted, borders ?? bordersOf(wanted), text, from, end);
  let at = text.indexOf(wanted, from);
  while (at >= 0 && (splitsPair(text, at) || splitsPair(text, at + wanted.length))) at = text.indexOf(wanted, at + 1);
  steps += ((at < 0 ? text.length : at) - from + 1) * wanted.length;
  return at < 0 || at + wanted.length > end ? -1 : at + wanted.length;
}

/** The search of Knuth, Morris and Pratt: it never goes back in the text, so that repetitions cost nothing more. */
function findLong(wanted: string, borders: readonly number[], text: string, from: number, end: number): number {
  let equal = 0;
  let compared = 0;
  for (let at = from; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    compared += 1;
    while (equal > 0 && wanted.charCodeAt(equal) !== unit) {
      equal = borders[equal - 1] ?? 0;
      compared += 1;
    }
    if (wanted.charCodeAt(equal) === unit) equal += 1;
    if (equal < wanted.length) continue;
    if (!splitsPair(text, at + 1) && !splitsPair(text, at + 1 - equal)) {
      steps += compared;
      return at + 1;
    }
    equal = borders[equal - 1] ?? 0;
  }
  steps += compared;
  return -1;
}

/** For each prefix of the text: the length of the longest shorter prefix that is also its suffix. */
function bordersOf(text: string): readonly number[] {
  const borders = [0];
  let equal = 0;
  for (let at = 1; at < text.length; at += 1) {
    steps += 1;
    while (equal > 0 && text.charCodeAt(at) !== text.charCodeAt(equal)) equal = borders[equal - 1] ?? 0;
    if (text.charCodeAt(at) === text.charCodeAt(equal)) equal += 1;
    borders.push(equal);
  }
  return borders;
}

/** Whether the halves of one character are on both sides. */
function splitsPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

/** A key with several values cannot be a variable. An empty value is a value: the default is for absent keys. */
export function valueOf(part: Extract<PatternPart, { kind: "variable" }>, lookup: ContextLookup): string | undefined {
  const value = lookup(part.key);
  return typeof value === "string" ? value : part.fallback;
}
