/** The matcher against the shortest matcher that can be written: try every split, one part at a time. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PatternPart, TextPattern } from "../model/policy.ts";
import { expandText, matchText, parsePattern } from "./pattern.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 500);

const values: Readonly<Record<string, string | readonly string[]>> = {
  "aws:username": "a*b",
  "aws:empty": "",
  "aws:several": ["a", "b"],
};
const lookup = (key: string): string | readonly string[] | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

function parsed(text: string): TextPattern {
  const pattern = parsePattern(text, { wildcards: true, variables: true });
  if ("error" in pattern) throw new Error(`${text}: ${pattern.error}`);
  return pattern;
}

/** What a piece of pattern text means: the characters it matches. */
interface Piece {
  readonly text: string;
  readonly means: "run" | "one" | { readonly literal: string | undefined };
}

const literal = (text: string, means: string | undefined = text): Piece => ({ text, means: { literal: means } });

const letters = ["a", "b", "*", "?", "/", "é", "😀"] as const;
const plainPiece = fc.constantFrom<Piece>(
  { text: "*", means: "run" },
  { text: "?", means: "one" },
  literal("a"),
  literal("b"),
  literal("ab"),
  literal("/"),
  literal("é"),
  literal("😀"),
  literal("${*}", "*"),
  literal("${?}", "?"),
  literal("${$}", "$"),
);
const variablePiece = fc.constantFrom<Piece>(
  literal("${aws:username}", "a*b"),
  literal("${aws:empty}", ""),
  literal("${aws:empty, 'b'}", ""),
  literal("${aws:absent, 'a?'}", "a?"),
  literal("${aws:absent,''}", ""),
  literal("${aws:several, 'a'}", "a"),
);
const pieces = fc.array(fc.oneof({ weight: 5, arbitrary: plainPiece }, variablePiece), { maxLength: 7 });
const subject = fc.array(fc.constantFrom(...letters, "$"), { maxLength: 9 }).map((all) => all.join(""));

function naiveMatch([piece, ...rest]: readonly Piece[], text: readonly string[]): boolean {
  if (piece === undefined) return text.length === 0;
  if (piece.means === "run") {
    return Array.from({ length: text.length + 1 }, (_, taken) => taken).some((taken) =>
      naiveMatch(rest, text.slice(taken)),
    );
  }
  if (piece.means === "one") return text.length > 0 && naiveMatch(rest, text.slice(1));
  if (piece.means.literal === undefined) return false;
  const wanted = [...piece.means.literal];
  return wanted.every((character, at) => text[at] === character) && naiveMatch(rest, text.slice(wanted.length));
}

const textOf = (all: readonly Piece[]): string => all.map(({ text }) => text).join("");

/** A text the pattern must match: every wildcard filled in. */
const filled = fc
  .tuple(pieces, fc.array(subject, { minLength: 7, maxLength: 7 }), fc.constantFrom(...letters))
  .map(([all, runs, one]) => ({
    all,
    text: all
      .map(({ means }, at) => {
        if (means === "run") return runs[at] ?? "";
        return means === "one" ? one : (means.literal ?? "");
      })
      .join(""),
  }));

describe("a pattern", () => {
  test("matches what the naive matcher matches, and nothing else", () => {
    let matched = 0;
    fc.assert(
      fc.property(pieces, subject, (all, text) => {
        const expected = naiveMatch(all, [...text]);
        matched += expected ? 1 : 0;
        expect(matchText(parsed(textOf(all)), text, lookup, false)).toBe(expected);
      }),
      { numRuns: numRuns * 4 },
    );
    expect(matched).toBeGreaterThan(numRuns / 20);
  });

  test("matches every text made by filling in its wildcards", () => {
    fc.assert(
      fc.property(filled, ({ all, text }) => {
        expect(matchText(parsed(textOf(all)), text, lookup, false)).toBe(true);
      }),
      { numRuns },
    );
  });

  test("with a variable that has no value or several matches nothing", () => {
    const variable = fc.constantFrom("${aws:absent}", "${aws:several}");
    fc.assert(
      fc.property(pieces, variable, pieces, subject, (before, written, after, text) => {
        expect(matchText(parsed(textOf(before) + written + textOf(after)), text, lookup, false)).toBe(false);
      }),
      { numRuns },
    );
  });

  test("answers each request for itself, whatever it was asked before", () => {
    const filling = fc.oneof(subject, fc.constantFrom("a", "b"));
    fc.assert(
      fc.property(pieces, filling, filling, subject, (all, first, second, text) => {
        const written = `${textOf(all)}\${aws:userid}`;
        const asked = (pattern: TextPattern, user: string): boolean =>
          matchText(pattern, text + second, (key) => (key === "aws:userid" ? user : lookup(key)), false);
        const pattern = parsed(written);
        for (const user of [first, second, first]) expect(asked(pattern, user)).toBe(asked(parsed(written), user));
      }),
      { numRuns },
    );
    const pattern = parsed("${aws:userid}");
    const asked = (user: string): boolean => matchText(pattern, "ann", () => user, false);
    expect([asked("bob"), asked("ann"), asked("bob")]).toEqual([false, true, false]);
  });

  test("ignoring case is matching both in lower case", () => {
    const ascii = fc.array(fc.constantFrom("a", "B", "é", "É", "*", "?"), { maxLength: 6 }).map((all) => all.join(""));
    fc.assert(
      fc.property(ascii, ascii, (pattern, text) => {
        const lower = parsed(pattern.toLowerCase());
        expect(matchText(parsed(pattern), text, lookup, true)).toBe(
          matchText(lower, text.toLowerCase(), lookup, false),
        );
      }),
      { numRuns },
    );
  });

  test("without wildcards and variables is its own text, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, other) => {
        const pattern = parsePattern(text, { wildcards: false, variables: false });
        if ("error" in pattern) throw new Error(pattern.error);
        expect(expandText(pattern, lookup)).toBe(text);
        expect(matchText(pattern, text, lookup, false)).toBe(true);
        expect(matchText(pattern, other, lookup, false)).toBe(other === text);
      }),
      { numRuns },
    );
  });

  test("is parsed or refused, never thrown at, and its parts are in normal form", () => {
    const shards = fc.constantFrom("$", "{", "}", "*", "?", "'", ",", " ", "aws:", "x", "\ud83d", "\u0000", "é");
    const anyText = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(shards, { maxLength: 20 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(anyText, fc.boolean(), fc.boolean(), (text, wildcards, variables) => {
        const pattern = parsePattern(text, { wildcards, variables });
        if ("error" in pattern) {
          expect(variables).toBe(true);
          return;
        }
        expect(pattern.text).toBe(text);
        expect(pattern.parts.some(({ kind }) => kind === "variable") && !variables).toBe(false);
        expect(pattern.parts.some(isWildcard) && !wildcards).toBe(false);
        // Empty literals and neighbouring runs would make the segments of an ARN look other than they are.
        expect(pattern.parts).not.toContainEqual({ kind: "literal", text: "" });
        const kinds = pattern.parts.map(({ kind }) => kind).join(" ");
        expect(kinds).not.toMatch(/any-run any-run|literal literal/);
      }),
      { numRuns },
    );
  });
});

function isWildcard({ kind }: PatternPart): boolean {
  return kind === "any-run" || kind === "any-one";
}
