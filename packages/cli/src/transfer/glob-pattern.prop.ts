import * as fc from "fast-check";
import { expect, test } from "vitest";
import { globPattern, literalPrefix } from "./glob-pattern.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 500);
const name = fc.string({ unit: fc.constantFrom("a", "b", "-", "]", "[", "!", "*", "?", "/", "\n", "é", "😀") });
const literally = (text: string) => text.replace(/[*?[]/g, "[$&]");

test("a name with its special characters in sets matches itself and nothing else", () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(globPattern(literally(one))(other)).toBe(one === other);
    }),
    { numRuns },
  );
});

test("runs around a text: it is somewhere in the name", () => {
  fc.assert(
    fc.property(name, name, (part, whole) => {
      expect(globPattern(`*${literally(part)}*`)(whole)).toBe(whole.includes(part));
      expect(globPattern(`${literally(part)}*`)(whole)).toBe(whole.startsWith(part));
      expect(globPattern(`*${literally(part)}`)(whole)).toBe(whole.endsWith(part));
    }),
    { numRuns },
  );
});

test("a pattern of runs and single characters is the same as its regular expression", () => {
  const steps = fc.array(fc.constantFrom("*", "?", "a", "b"), { maxLength: 8 });
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 10 });
  fc.assert(
    fc.property(steps, letters, (pattern, text) => {
      const expression = pattern.join("").replaceAll("*", ".*").replaceAll("?", ".");
      expect(globPattern(pattern.join(""))(text)).toBe(new RegExp(`^${expression}$`).test(text));
    }),
    { numRuns },
  );
});

test("every match starts with the literal prefix", () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), name, (patterns, text) => {
      if (patterns.some((pattern) => globPattern(pattern)(text)))
        expect(text.startsWith(literalPrefix(patterns))).toBe(true);
    }),
    { numRuns },
  );
});
