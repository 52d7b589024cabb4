import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Segment, cut, lengthOf } from "./holders.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

const segment = fc.record({ body: fc.nat(3), start: fc.nat(20), length: fc.integer({ min: 1, max: 9 }) });

/** Every octet named by where it lies. */
function octets(segments: readonly Segment[]): readonly string[] {
  return segments.flatMap(({ body, start, length }) => Array.from({ length }, (_, n) => `${body}:${start + n}`));
}

test("cutting segments is cutting their octets", () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), fc.nat(60), fc.nat(60), (bare, one, other) => {
      const segments = bare.map((entry) => ({ ...entry, file: undefined }));
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      const found = cut(segments, first, last);
      expect(octets(found)).toEqual(octets(segments).slice(first, last + 1));
      expect(found.every((entry) => entry.length > 0)).toBe(true);
      expect(lengthOf(segments)).toBe(octets(segments).length);
    }),
    { numRuns: runs },
  );
});
