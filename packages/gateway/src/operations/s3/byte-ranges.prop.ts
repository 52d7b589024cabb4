import fc from "fast-check";
import { expect, test } from "vitest";
import { partAt, partRange, rangeText, resolveRange } from "./byte-ranges.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const end = fc.option(fc.nat({ max: 30 }), { nil: undefined });

/** The bytes themselves, by the words of RFC 9110 section 14.1.2. */
function naive(size: number, from: number | undefined, to: number | undefined): readonly number[] | "whole" {
  const bytes = Array.from({ length: size }, (_, at) => at);
  if (from === undefined) return to === undefined ? "whole" : bytes.slice(Math.max(0, size - to));
  return to !== undefined && to < from ? "whole" : bytes.filter((at) => at >= from && at <= (to ?? size));
}

test("a range is the bytes it says, or cannot be satisfied when those are none", () => {
  fc.assert(
    fc.property(fc.nat({ max: 20 }), end, end, (size, from, to) => {
      const range = resolveRange(`bytes=${from ?? ""}-${to ?? ""}`, size);
      const expected = naive(size, from, to);
      if (expected === "whole" || expected.length === 0) {
        expect(range).toBe(expected === "whole" ? "whole" : "unsatisfiable");
      } else expect(range).toEqual({ first: expected[0], last: expected.at(-1) });
    }),
    { numRuns: runs },
  );
});

test("the unit is in any case, and goes to engines in lower case", () => {
  expect(resolveRange("Bytes=1-2", 5)).toEqual({ first: 1, last: 2 });
  expect(rangeText("BYTES=1-2")).toBe("bytes=1-2");
});

test("whatever the header, the bytes are within the object", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("bytes", "=", "-", ",", "0", "9", " ", "x") }),
      fc.nat(),
      (header, size) => {
        const range = resolveRange(header, size);
        if (typeof range === "string") return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      },
    ),
    { numRuns: runs },
  );
});

test("parts follow each other without a gap, and no other part is there", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 }), (sizes) => {
      const size = sizes.reduce((sum, one) => sum + one, 0);
      let next = 0;
      for (const [at] of sizes.entries()) {
        const range = partRange(sizes, size, at + 1);
        if (typeof range !== "object") throw new Error(`part ${at + 1}: ${range}`);
        expect(range.first).toBe(next);
        expect(partAt(sizes, range)).toBe(at);
        expect(partAt(sizes, { ...range, last: range.last + 1 })).toBeUndefined();
        expect(partAt(sizes, { ...range, first: range.first - 1 })).toBeUndefined();
        next = range.last + 1;
      }
      expect(next).toBe(size);
      expect(partRange(sizes, size, sizes.length + 1)).toBeUndefined();
    }),
    { numRuns: runs },
  );
  expect(partRange([], 5, 1)).toEqual({ first: 0, last: 4 });
  expect(partRange([], 0, 1)).toBe("whole");
  expect(partRange([], 0, 2)).toBeUndefined();
  expect(partRange([5, 0], 5, 2)).toBeUndefined();
  expect(partRange([], 5, 2)).toBeUndefined();
});
