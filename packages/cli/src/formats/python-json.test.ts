import { expect, test } from "vitest";
import { fromPlain, parseJson } from "./json.ts";
import { dumps } from "./python-json.ts";

test("one line has Python's separators, and everything but printable ASCII is escaped", () => {
  expect(dumps(fromPlain({ a: [1, true, null], é: '😀\u007f\u2028\n"\\/' }))).toBe(
    '{"a": [1, true, null], "\\u00e9": "\\ud83d\\ude00\\u007f\\u2028\\n\\"\\\\/"}',
  );
});

test("indentation puts each item on its own line and keeps empty ones closed", () => {
  expect(dumps(fromPlain({ a: { b: [] }, c: [{}, "x"] }), 4)).toBe(
    '{\n    "a": {\n        "b": []\n    },\n    "c": [\n        {},\n        "x"\n    ]\n}',
  );
});

test.each([
  ["1.0", "1.0"],
  ["1e5", "100000.0"],
  ["-0", "0"],
  ["-0.0", "-0.0"],
  ["1e-5", "1e-05"],
  ["0.0001", "0.0001"],
  ["0.00012345", "0.00012345"],
  ["1e16", "1e+16"],
  ["123456789012345.5", "123456789012345.5"],
  ["1234567890123456789012", "1234567890123456789012"],
  ["2.5e-10", "2.5e-10"],
])("the number %s is printed as Python does: %s", (written, printed) => {
  expect(dumps(parseJson(written))).toBe(printed);
});

test("keys keep their order, whatever they look like, and a repeated one keeps its first place and last value", () => {
  expect(dumps(parseJson('{"2": 1, "1": 2, "__proto__": 3, "2": 4}'))).toBe('{"2": 4, "1": 2, "__proto__": 3}');
});

test.each(["[1,]", '{"a":1,}', "NaN", "'x'", "", "{} {}"])("%j is not JSON", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
