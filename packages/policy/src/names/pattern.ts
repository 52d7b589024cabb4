/**
 * Text with wildcards and policy variables, parsed once and matched without regular expressions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { ContextLookup } from "../evaluate/request.ts";
import type { PatternPart, TextPattern } from "../syntax/policy.ts";

export interface PatternError {
  readonly error: string;
}

interface PatternRules {
  /** `*` and `?` are wildcards (else they are themselves). */
  readonly wildcards: boolean;
  /** `${…}` is a variable (version 2012-10-17). */
  readonly variables: boolean;
}

// A comma only ever begins the default, so a default without its quotes is refused rather than read as part of the key.
const variableText = /^([\w:/.+=@-]+(?: [\w:/.+=@-]+)*)(?:\s*,\s*'([^'{}]*)')?$/;

export function parsePattern(text: string, rules: PatternRules): TextPattern | PatternError {
  const parts: PatternPart[] = [];
  let literal = "";
  const flush = (): void => {
    if (literal !== "") parts.push({ kind: "literal", text: literal });
    literal = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (rules.variables && character === "$" && text.charAt(at + 1) === "{") {
      const end = text.indexOf("}", at);
      if (end === -1) return { error: "`${` without its `}`" };
      const inside = text.slice(at + 2, end);
      const part = parseVariable(inside);
      if ("error" in part) return part;
      if (part.kind === "literal") literal += part.text;
      else {
        flush();
        parts.push(part);
      }
      at = end;
    } else if (rules.wildcards && (character === "*" || character === "?")) {
      flush();
      const previous = parts.at(-1);
      if (character === "?") parts.push({ kind: "any-one" });
      else if (previous?.kind !== "any-run") parts.push({ kind: "any-run" });
    } else {
      literal += character;
    }
  }
  flush();
  return { text, parts };
}

/** `${*}`, `${?}` and `${$}` are the characters themselves. */
function parseVariable(inside: string): PatternPart | PatternError {
  if (inside === "*" || inside === "?" || inside === "$") return { kind: "literal", text: inside };
  const [, key, fallback] = variableText.exec(inside) ?? [];
  if (key === undefined) return { error: `\`\${${inside}}\` is not a policy variable` };
  return fallback === undefined ? { kind: "variable", key } : { kind: "variable", key, fallback };
}

/** The text with its variables filled in; undefined when one has no value. Meant for patterns without wildcards. */
export function expandText(pattern: TextPattern, lookup: ContextLookup): string | undefined {
  let expanded = "";
  for (const part of pattern.parts) {
    const text = textOfPart(part, lookup);
    if (text === undefined) return undefined;
    expanded += text;
  }
  return expanded;
}

function textOfPart(part: PatternPart, lookup: ContextLookup): string | undefined {
  switch (part.kind) {
    case "literal":
      return part.text;
    case "any-run":
      return "*";
    case "any-one":
      return "?";
    case "variable":
      return valueOf(part, lookup);
  }
}

/** A key with several values cannot be a variable. An empty value is a value: the default is for absent keys. */
export function valueOf(part: Extract<PatternPart, { kind: "variable" }>, lookup: ContextLookup): string | undefined {
  const value = lookup(part.key);
  return typeof value === "string" ? value : part.fallback;
}

export function matchText(pattern: TextPattern, text: string, lookup: ContextLookup, ignoreCase: boolean): boolean {
  return matchParts(pattern.parts, text, lookup, ignoreCase);
}

const ANY_RUN = -1;
const ANY_ONE = -2;

/** Code units, and the two wildcards as negative numbers; undefined when a variable has no value. */
function unitsOf(
  parts: readonly PatternPart[],
  lookup: ContextLookup,
  ignoreCase: boolean,
): readonly number[] | undefined {
  const units: number[] = [];
  for (const part of parts) {
    if (part.kind === "any-run") units.push(ANY_RUN);
    else if (part.kind === "any-one") units.push(ANY_ONE);
    else {
      // INVARIANT: a variable's value is literal; wildcards in it are characters.
      const text = part.kind === "literal" ? part.text : valueOf(part, lookup);
      if (text === undefined) return undefined;
      const folded = ignoreCase ? text.toLowerCase() : text;
      for (let at = 0; at < folded.length; at += 1) units.push(folded.charCodeAt(at));
    }
  }
  return units;
}

const fixedUnits = new WeakMap<readonly PatternPart[], readonly number[]>();

/** Patterns without variables are the same for every request. */
function cachedUnits(parts: readonly PatternPart[], lookup: ContextLookup): readonly number[] | undefined {
  const known = fixedUnits.get(parts);
  if (known !== undefined) return known;
  const units = unitsOf(parts, lookup, false);
  if (units !== undefined && !parts.some(({ kind }) => kind === "variable")) fixedUnits.set(parts, units);
  return units;
}

export function matchParts(
  parts: readonly PatternPart[],
  text: string,
  lookup: ContextLookup,
  ignoreCase: boolean,
): boolean {
  const units = ignoreCase ? unitsOf(parts, lookup, true) : cachedUnits(parts, lookup);
  return units !== undefined && matchUnits(units, ignoreCase ? text.toLowerCase() : text);
}

/** On a mismatch only the last `*` takes one character more, so the work is at most pattern times text. */
function matchUnits(units: readonly number[], text: string): boolean {
  let at = 0;
  let unit = 0;
  let runUnit = -1;
  let runAt = 0;
  while (at < text.length) {
    const wanted = units[unit];
    if (wanted === ANY_RUN) {
      runUnit = unit;
      runAt = at;
      unit += 1;
    } else if (wanted === ANY_ONE) {
      at += widthAt(text, at);
      unit += 1;
    } else if (wanted === text.charCodeAt(at)) {
      at += 1;
      unit += 1;
    } else if (runUnit >= 0) {
      runAt += widthAt(text, runAt);
      at = runAt;
      unit = runUnit + 1;
    } else {
      return false;
    }
  }
  while (units[unit] === ANY_RUN) unit += 1;
  return unit === units.length;
}

/** `?` is one character: both halves of a surrogate pair. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
