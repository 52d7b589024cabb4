/** Patterns as tokens of an automaton. What a pattern means is what `match/` says; the tokens only write it out. */
import { segmentsOf } from "../match/arn.ts";
import { compileResourcePattern } from "../match/resource.ts";
import type { ActionPattern, PatternPart, TextPattern } from "../model/policy.ts";
import { CannotDecide } from "./budget.ts";
import type { CharClass } from "./char-class.ts";

export type Token =
  /** One of these characters. */
  | { readonly kind: "char"; readonly characters: readonly string[] }
  | { readonly kind: "one"; readonly of: CharClass }
  | { readonly kind: "run"; readonly of: CharClass }
  /** A variable whose value is not known: any text, the same wherever the key is. */
  | { readonly kind: "hole"; readonly key: string; readonly ignoreCase: boolean };

export type Tokens = readonly Token[];

/** The value of a variable; `open` when it is not known. */
export type Binding = { readonly text: string } | "absent" | "open";

/** Keys are in lower case. */
export interface Bindings {
  readonly valueOf: (key: string) => Binding;
}

/** The tokens of parts; undefined when a variable has no value, so that the pattern matches nothing. */
function tokensOf(
  parts: readonly PatternPart[],
  bindings: Bindings,
  wild: CharClass,
  ignoreCase = false,
): Token[] | undefined {
  const tokens: Token[] = [];
  for (const part of parts) {
    if (part.kind === "any-one") tokens.push({ kind: "one", of: wild });
    else if (part.kind === "any-run") tokens.push({ kind: "run", of: wild });
    else if (part.kind === "literal") tokens.push(...literalTokens(part.text, ignoreCase));
    else {
      const value = bindings.valueOf(part.key.toLowerCase());
      if (value === "open") tokens.push({ kind: "hole", key: part.key.toLowerCase(), ignoreCase });
      else {
        const text = value === "absent" ? part.fallback : value.text;
        if (text === undefined) return undefined;
        tokens.push(...literalTokens(text, ignoreCase));
      }
    }
  }
  return tokens;
}

const loneHalf = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function literalTokens(text: string, ignoreCase = false): readonly Token[] {
  if (loneHalf.test(text)) throw new CannotDecide("a pattern with half of a character (a lone surrogate)");
  return Array.from(text, (character) => ({
    kind: "char",
    characters: ignoreCase ? casesOf(character) : [character],
  }));
}

/** The characters whose lower case is this one's. The Kelvin sign is a `k` to `toLowerCase`. */
function casesOf(character: string): readonly string[] {
  if (character > "\u007f") throw new CannotDecide("a comparison without case of characters beyond ASCII");
  const lower = character.toLowerCase();
  const upper = character.toUpperCase();
  if (lower === upper) return [character];
  return lower === "k" ? [lower, upper, "\u212a"] : [lower, upper];
}

export function actionTokens({ service, name }: ActionPattern): Tokens {
  const glob = (text: string, of: CharClass): Token[] =>
    Array.from(text, (character): Token => {
      if (character === "*") return { kind: "run", of };
      return character === "?" ? { kind: "one", of } : { kind: "char", characters: [character] };
    });
  return [...glob(service, "service"), ...literalTokens(":"), ...glob(name, "action-name")];
}

/** In lower case, as actions are compared. */
export const actionFormat: Tokens = [
  { kind: "one", of: "service" },
  { kind: "run", of: "service" },
  ...literalTokens(":"),
  { kind: "one", of: "action-name" },
  { kind: "run", of: "action-name" },
];

/** See `match/resource.ts`: a `*` that ends a segment goes on beyond colons, any other wildcard stays in its segment. */
export function resourceTokens(parts: readonly PatternPart[], bindings: Bindings): Tokens | undefined {
  const pattern: TextPattern = { text: "", parts };
  const { shape } = compileResourcePattern(pattern);
  if (shape === "never") return undefined;
  if (shape !== "segments") return tokensOf(parts, bindings, "any");
  return joinSegments(segmentsOf(pattern), bindings, true);
}

/** See `matchArnPattern`: five segments without colons, and the rest. */
export function arnTokens(pattern: TextPattern, bindings: Bindings): Tokens | undefined {
  const [only] = pattern.parts;
  if (pattern.parts.length === 1 && only?.kind !== "literal") return tokensOf(pattern.parts, bindings, "any");
  const segments = segmentsOf(pattern);
  return segments.length === 6 ? joinSegments(segments, bindings, false) : undefined;
}

function joinSegments(
  segments: readonly (readonly PatternPart[])[],
  bindings: Bindings,
  opens: boolean,
): Tokens | undefined {
  const joined: Token[] = [];
  for (const [index, parts] of segments.entries()) {
    const isLast = index === segments.length - 1;
    const tokens = tokensOf(parts, bindings, isLast ? "any" : "no-colon");
    if (tokens === undefined) return undefined;
    // A value with a colon is never inside one of the first five segments.
    if (!isLast && tokens.some((token) => token.kind === "char" && token.characters.includes(":"))) return undefined;
    if (!isLast && opens && tokens.at(-1)?.kind === "run") tokens[tokens.length - 1] = { kind: "run", of: "any" };
    joined.push(...tokens);
    if (!isLast) joined.push(...literalTokens(":"));
  }
  return joined;
}

export function stringTokens(pattern: TextPattern, bindings: Bindings, ignoreCase: boolean): Tokens | undefined {
  return tokensOf(pattern.parts, bindings, "any", ignoreCase);
}

const some = (of: CharClass): Tokens => [
  { kind: "one", of },
  { kind: "run", of },
];
const maybe = (of: CharClass): Tokens => [{ kind: "run", of }];
const text = literalTokens;

export const formats = {
  text: maybe("any"),
  "not empty": some("any"),
  arn: [
    ...text("arn:"),
    ...some("no-colon"),
    ...text(":"),
    ...some("no-colon"),
    ...text(":"),
    ...maybe("no-colon"),
    ...text(":"),
    ...maybe("no-colon"),
    ...text(":"),
    ...some("any"),
  ],
  account: Array.from({ length: 12 }, (): Token => ({ kind: "one", of: "digit" })),
  "iam-name": some("iam-name"),
} as const satisfies Record<string, Tokens>;

/** The tokens of a template of the catalog, where `${…}` is free: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. */
export function templateTokens(template: string): Tokens {
  let tokens = templates.get(template);
  if (tokens === undefined) templates.set(template, (tokens = readTemplate(template)));
  return tokens;
}

const templates = new Map<string, Tokens>();

function readTemplate(template: string): Tokens {
  return template.split(/(\$\{[^}]*\})/).flatMap((piece): readonly Token[] => {
    if (piece === "${Partition}") return text("aws");
    if (piece === "${Account}") return formats.account;
    if (piece === "${ObjectName}") return some("any");
    return piece.startsWith("${") ? some("segment") : text(piece);
  });
}

const exact = new WeakMap<readonly string[], readonly Tokens[]>();

/** Patterns for exactly these texts. */
export function exactTokens(texts: readonly string[]): readonly Tokens[] {
  let tokens = exact.get(texts);
  if (tokens === undefined) exact.set(texts, (tokens = texts.map((one) => text(one))));
  return tokens;
}

const withoutVariables: Bindings = { valueOf: () => "absent" };
const tokensOfSets = new WeakMap<object, WeakMap<Bindings, readonly Tokens[]>>();

/**
 * The tokens of a set, made once: for all callers when no pattern has a variable, else for each assignment of the variables. So the
 * searches of a question share its automata.
 */
export function tokensOfSet(
  set: object,
  bindings: Bindings,
  patterns: () => readonly (readonly PatternPart[])[],
  make: () => readonly Tokens[],
): readonly Tokens[] {
  let known = tokensOfSets.get(set);
  if (known === undefined) tokensOfSets.set(set, (known = new WeakMap()));
  let tokens = known.get(withoutVariables) ?? known.get(bindings);
  if (tokens === undefined) {
    const hasVariable = patterns().some((parts) => parts.some(({ kind }) => kind === "variable"));
    known.set(hasVariable ? bindings : withoutVariables, (tokens = make()));
  }
  return tokens;
}
