import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped } from "./escaped.ts";

test("whatever a client sends stays inside the quotes of its own value, and is read back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.oneof(fc.constantFrom('"', "\\", "\n", "\u2028", "\ud800"), fc.string()) }),
      (text) => {
        expect(JSON.parse(`{"value":"${escaped(text)}","next":1}`)).toEqual({ value: text, next: 1 });
      },
    ),
    { numRuns: Number(process.env["TEST_RUNS"] ?? 500) },
  );
});
