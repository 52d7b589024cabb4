import {
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  oneof,
  property,
  string,
} from "fast-check";
import { expect, test } from "vitest";
import { fromPlain, parseJson } from "./json.ts";
import { dumps } from "./python-json.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

test("what is printed, on one line or indented, reads back as the same value in the same order", () => {
  assert(
    property(jsonValue(), constantFrom(undefined, 2, 4), (value, indent) => {
      const text = dumps(parseJson(JSON.stringify(value)), indent);
      expect(text).toMatch(/^[ -~\n]*$/);
      expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))));
    }),
    { numRuns: runs },
  );
});

test("JSON from data and JSON from text print alike", () => {
  assert(
    property(dictionary(string(), oneof(string(), boolean(), integer(), constant(null))), (value) => {
      expect(dumps(fromPlain(value), 2)).toBe(dumps(parseJson(JSON.stringify(value)), 2));
    }),
    { numRuns: runs },
  );
});
