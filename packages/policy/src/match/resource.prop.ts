import fc from "fast-check";
import { expect, test } from "vitest";
import type { PatternPart } from "../model/policy.ts";
import { parsePattern } from "./pattern.ts";
import { matchResource } from "./resource.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 3000);

/** The rule as a regular expression, which may take as long as it likes. */
function reference(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const first = pattern.split(":");
  const segments = [...first.slice(0, 5), first.slice(5).join(":")];
  if (first.length < 6 || arn.split(":").length < 6) return false;
  const source = segments.map((segment, index) => {
    const last = index === 5;
    return [...segment]
      .map((character, at, all) => {
        if (character === "*") return last || at === all.length - 1 ? "[^]*" : "[^:]*";
        if (character === "?") return last ? "[^]" : "[^:]";
        return character.replace(/[.+^${}()|[\]\\/]/g, "\\$&");
      })
      .join("");
  });
  return new RegExp(`^${source.join(":")}$`, "u").test(arn);
}

function match(pattern: string, arn: string): boolean {
  const parsed = parsePattern(pattern, { wildcards: true, variables: false }) as {
    text: string;
    parts: readonly PatternPart[];
  };
  return matchResource(parsed, arn, () => undefined);
}

const piece = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 4 });
const arnOf = (letters: string) =>
  fc.array(piece(letters), { minLength: 5, maxLength: 9 }).map((parts) => parts.join(":"));

/** An ARN, and a pattern that is the ARN with some of its characters taken for wildcards: about half of them match. */
const related = fc
  .tuple(
    arnOf("ab"),
    fc.array(fc.constantFrom("keep", "keep", "keep", "one", "run", "swallow", "other"), { maxLength: 40 }),
  )
  .map(([arn, steps]) => {
    const pattern = [...arn].map((character, at) => {
      const step = steps[at] ?? "keep";
      if (step === "one") return "?";
      if (step === "run") return `${character}*`;
      if (step === "swallow") return "*";
      return step === "other" && character !== ":" ? "b" : character;
    });
    return [pattern.join(""), arn] as const;
  });

test("as the documentation's rule says, whatever the pattern", () => {
  let matched = 0;
  fc.assert(
    fc.property(fc.oneof(related, fc.tuple(arnOf("ab*?"), arnOf("ab"))), ([pattern, arn]) => {
      const expected = reference(pattern, arn);
      matched += expected ? 1 : 0;
      expect(match(pattern, arn)).toBe(expected);
    }),
    { numRuns: runs },
  );
  expect(matched).toBeGreaterThan(runs / 20);
});

test.each([
  ["arn:aws:iam::*:user/x", "arn:aws:iam::123456789012:user/x", true],
  ["arn:aws:iam::*:user/x", "arn:aws:iam::123456789012:role/a:user/x", true],
  ["arn:aws:iam::1*2:user/x", "arn:aws:iam::1:role/2:user/x", false],
  ["arn:aws:s3:*:*:bucket/*", "arn:aws:s3:::bucket/key", true],
  ["arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a:b", true],
  ["arn:aws:s3:::b?t/k", "arn:aws:s3:::b:t/k", true],
  ["arn:aws:s3:?::bucket", "arn:aws:s3::::bucket", false],
])("%s and %s: %s", (pattern, arn, expected) => {
  expect(match(pattern, arn)).toBe(expected);
});
