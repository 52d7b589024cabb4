import * as fc from "fast-check";
import { expect, test } from "vitest";
import { after, prefixRange } from "./byte-range.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const words = fc.string({
  unit: fc.constantFrom("a", "b", "\0", "\u007f", "\u0080", "\u07ff", "\uffff", "\u{10ffff}"),
  maxLength: 4,
});

function compare(a: Buffer, b: Buffer): number {
  return Buffer.compare(a, b);
}

test("the range of a prefix holds exactly what begins with it", () => {
  fc.assert(
    fc.property(words, words, (prefix, word) => {
      const { from, to } = prefixRange(Buffer.from(prefix));
      const bytes = Buffer.from(word);
      expect(compare(bytes, from) >= 0 && compare(bytes, to) < 0).toBe(word.startsWith(prefix));
    }),
    { numRuns: runs * 3 },
  );
});

test("nothing lies between bytes and what comes after them", () => {
  fc.assert(
    fc.property(words, words, (word, other) => {
      const bytes = Buffer.from(word);
      expect(compare(Buffer.from(other), after(bytes)) >= 0).toBe(compare(Buffer.from(other), bytes) > 0);
    }),
    { numRuns: runs * 3 },
  );
});
