import { describe, expect, test } from "vitest";
import { readJson } from "./json.ts";

/** Code of the fault and the text it points at. */
function fault(text: string): readonly [string, string, number] {
  const read = readJson(text);
  if ("node" in read) throw new Error(`${text} is taken`);
  const { code, span } = read.fault;
  return [code, text.slice(span.start, span.end), span.start];
}

describe("a fault", () => {
  test.each([
    ["", "", 0],
    ["  ", "", 2],
    ["{", "", 1],
    ['{"a"', "", 4],
    ['{"a":', "", 5],
    ['{"a":1', "", 6],
    ["[1", "", 2],
    ["[1,", "", 3],
    ['"abc', "", 4],
    ['"\\', "", 2],
    ['"\\u00', "\\", 1],
    ["{,}", ",", 1],
    ['{"a":1,}', "}", 7],
    ["[1,]", "]", 3],
    ["[,1]", ",", 1],
    ["[1 2]", "2", 3],
    ['{"a" 1}', "1", 5],
    ['{"a":1 "b":2}', '"', 7],
    ["{a:1}", "a", 1],
    ["{'a':1}", "'", 1],
    ['{"a":1} x', "x", 8],
    ["1 // a", "/", 2],
    ["/* a */ 1", "/", 0],
    ["tru", "t", 0],
    ["True", "T", 0],
    ["nul", "n", 0],
    ["NaN", "N", 0],
    ["Infinity", "I", 0],
    ["undefined", "u", 0],
    ["+1", "+", 0],
    [".5", ".", 0],
    ["-", "-", 0],
    ["01", "1", 1],
    ["1.", ".", 1],
    ["1e", "e", 1],
    ["0x1", "x", 1],
    ['"a\nb"', "\n", 2],
    ['"a\tb"', "\t", 2],
    ['"a\u0000b"', "\u0000", 2],
    ['"\\x41"', "\\", 1],
    ['"ab\\q"', "\\", 3],
    ['"\\u12G4"', "\\", 1],
    ['"\\u{41}"', "\\", 1],
    ["\ufeff{}", "\ufeff", 0],
    ["\u00a0{}", "\u00a0", 0],
    ["\v{}", "\v", 0],
  ])("in %j is at %j, offset %i", (text, at, offset) => {
    expect(fault(text)).toEqual(["invalid-json", at, offset]);
  });

  test.each([
    ['{"a":1,"a":2}', '"a"', 7],
    ['{"a":1,"b":{"c":1,"\\u0063":1}}', '"\\u0063"', 18],
    ['{"__proto__":1,"__proto__":1}', '"__proto__"', 15],
    ['{"":1,"":1}', '""', 6],
  ])("in %j is the second of two equal keys", (text, at, offset) => {
    expect(fault(text)).toEqual(["duplicate-key", at, offset]);
  });

  test("in deep nesting is at the first level too many", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(readJson(nested(32))).toHaveProperty("node");
    expect(fault(nested(33))).toEqual(["too-deep", "[", 32]);
    expect(fault("[".repeat(200_000))).toEqual(["too-deep", "[", 32]);
    expect(fault('{"a":'.repeat(200_000))).toEqual(["too-deep", "{", 32 * 5]);
    // Only levels inside each other count.
    expect(readJson(`[${Array(1000).fill("[[]]").join(",")}]`)).toHaveProperty("node");
  });
});

describe("a value", () => {
  test.each(["0", "-0", "1e400", "-1E-400", "123456789012345678901234567890", "1.50", "0.1e+07"])(
    "%j keeps the text of its number",
    (text) => {
      expect(readJson(text)).toEqual({ node: { kind: "number", text, span: { start: 0, end: text.length } } });
    },
  );

  test.each([
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u0041\\u00e9\\uD83D\\uDE00"', "Aé😀"],
    ['"\\ud800"', "\ud800"],
    ['"\ud800"', "\ud800"],
    ['"\u2028\u007f"', "\u2028\u007f"],
  ])("%j is the string it means", (text, value) => {
    expect(readJson(text)).toMatchObject({ node: { kind: "string", value } });
  });
});
