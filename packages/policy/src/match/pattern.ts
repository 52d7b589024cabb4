/**
 * Text with wildcards and policy variables, parsed once and matched without regular expressions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { ContextLookup } from "../model/request.ts";
import type { PatternPart, TextPattern } from "../model/policy.ts";
import { compileGlob, matchGlob, valueOf } from "./glob.ts";
import { memoize } from "./memoize.ts";

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

/** A text as a pattern that is that text alone: `*`, `?` and `$` are characters of it. Documents of version 2012-10-17 alone can have it. */
export function literalPattern(text: string): string {
  return text.replaceAll(/[*?$]/g, "${$&}");
}

/**
 * The resource of a request as a policy names it and nothing else: whoever asks chooses the key, and a key may be `*`. A request without a
 * resource is one about `*`, and only a policy's `*` is about it.
 */
export function patternOfResource(resource: string): string {
  return resource === "*" ? "*" : literalPattern(resource);
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

const globOf = memoize(compileGlob);

/** Whether the whole text matches, in case too. */
export function matchParts(parts: readonly PatternPart[], text: string, lookup: ContextLookup): boolean {
  return matchGlob(globOf(parts), text, 0, lookup);
}

export function matchText(pattern: TextPattern, text: string, lookup: ContextLookup, ignoreCase: boolean): boolean {
  return ignoreCase ? textMatcher(pattern, true)(text, lookup) : matchParts(pattern.parts, text, lookup);
}

/** The test for one pattern, made ready for many texts. `ignoreCase`: pattern, values and text are compared in lower case. */
export function textMatcher(
  { parts }: TextPattern,
  ignoreCase: boolean,
): (text: string, lookup: ContextLookup) => boolean {
  const [only] = parts;
  if (!ignoreCase && parts.length === 1 && only?.kind === "literal") return (text) => text === only.text;
  if (!ignoreCase) {
    const glob = compileGlob(parts);
    return (text, lookup) => matchGlob(glob, text, 0, lookup);
  }
  const glob = compileGlob(parts.map(partInLowerCase));
  return (text, lookup) => matchGlob(glob, text.toLowerCase(), 0, inLowerCase(lookup));
}

function partInLowerCase(part: PatternPart): PatternPart {
  if (part.kind === "literal") return { kind: "literal", text: part.text.toLowerCase() };
  if (part.kind !== "variable" || part.fallback === undefined) return part;
  return { ...part, fallback: part.fallback.toLowerCase() };
}

function inLowerCase(lookup: ContextLookup): ContextLookup {
  return (key) => {
    const value = lookup(key);
    return typeof value === "string" ? value.toLowerCase() : value;
  };
}
