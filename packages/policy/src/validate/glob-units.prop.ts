import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchText, parsePattern } from "../match/pattern.ts";
import { coversUnits, overlapUnits, unitsOfText } from "./glob-units.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 300);

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "?"), maxLength: 4 });

function takes(written: string, text: string): boolean {
  const parsed = parsePattern(written, { wildcards: true, variables: false });
  return !("error" in parsed) && matchText(parsed, text, () => undefined, false);
}

/** Every text of up to five of the letters. */
function textsUpTo(length: number): readonly string[] {
  if (length === 0) return [""];
  const shorter = textsUpTo(length - 1);
  const longest = shorter.filter((text) => text.length === length - 1);
  return shorter.concat(longest.flatMap((text) => ["a", "b", "/"].map((letter) => text + letter)));
}

const texts = textsUpTo(6);

describe("patterns against patterns", () => {
  it("one covers another only when it takes every text the other takes", () => {
    fc.assert(
      fc.property(pattern, pattern, (wide, narrow) => {
        if (!coversUnits(unitsOfText(wide), unitsOfText(narrow))) return;
        for (const text of texts) if (takes(narrow, text)) expect(takes(wide, text), text).toBe(true);
      }),
      { numRuns },
    );
  });

  it("a pattern covers itself and each of its texts, and a lone star covers all", () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom(...texts), (one, text) => {
        expect(coversUnits(unitsOfText(one), unitsOfText(one))).toBe(true);
        expect(coversUnits(unitsOfText("*"), unitsOfText(one))).toBe(true);
        expect(coversUnits(unitsOfText(one), unitsOfText(text))).toBe(takes(one, text));
      }),
      { numRuns },
    );
  });

  it("two overlap exactly when some text is taken by both", () => {
    fc.assert(
      fc.property(pattern, pattern, (left, right) => {
        const common = texts.some((text) => takes(left, text) && takes(right, text));
        expect(overlapUnits(unitsOfText(left), unitsOfText(right))).toBe(common);
      }),
      { numRuns },
    );
  });

  it("a name takes no slash", () => {
    const name = [{ kind: "name-one" }, { kind: "name-run" }] as const;
    fc.assert(
      fc.property(pattern, (one) => {
        const common = texts.some((text) => takes(one, text) && /^[^/]+$/.test(text));
        expect(overlapUnits(unitsOfText(one), name)).toBe(common);
        expect(overlapUnits(name, unitsOfText(one))).toBe(common);
      }),
      { numRuns },
    );
  });
});
