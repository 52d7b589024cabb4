import { describe, expect, test } from "vitest";
import { expandText, matchText, parsePattern } from "./pattern.ts";

const values: Readonly<Record<string, string | readonly string[]>> = {
  "aws:username": "ann",
  "aws:PrincipalTag/cost center": "42",
  "aws:star": "*",
  "aws:nested": "${aws:username}",
  "aws:TagKeys": ["a", "b"],
  "aws:empty": "",
};
const lookup = (key: string): string | readonly string[] | undefined => values[key];
const both = { wildcards: true, variables: true };

function matches(pattern: string, text: string, rules = both): boolean {
  const parsed = parsePattern(pattern, rules);
  if ("error" in parsed) throw new Error(parsed.error);
  return matchText(parsed, text, lookup, false);
}

describe("wildcards", () => {
  test.each([
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["*", "a/b:c", true],
    ["?", "", false],
    ["?", "a", true],
    ["?", "ab", false],
    ["?", "😀", true],
    ["??", "😀", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a?c", "a/c", true],
    ["*.txt", "x.txt.txt", true],
    ["a**b", "ab", true],
    ["*a?", "aaab", true],
    ["A", "a", false],
    ["[a-z]+", "b", false],
    ["a.c", "abc", false],
    ["\\*", "\\anything", true],
  ])("%j and %j: %j", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test("are plain characters where there are no wildcards", () => {
    const rules = { wildcards: false, variables: true };
    expect(matches("a*?", "a*?", rules)).toBe(true);
    expect(matches("a*?", "abc", rules)).toBe(false);
  });
});

describe("variables", () => {
  test.each([
    ["home/${aws:username}/*", "home/ann/x", true],
    ["home/${aws:username}/*", "home/bob/x", false],
    ["${aws:PrincipalTag/cost center}", "42", true],
    ["${aws:star}", "anything", false],
    ["${aws:star}", "*", true],
    ["${aws:nested}", "ann", false],
    ["${aws:nested}", "${aws:username}", true],
    ["${aws:TagKeys}", "a", false],
    ["${aws:absent}", "", false],
    ["${aws:absent}*", "x", false],
    ["${aws:absent, 'team'}", "team", true],
    ["${aws:absent,'team'}", "team", true],
    ["${aws:absent , 'a b*'}", "a b*", true],
    ["${aws:absent, 'a*'}", "ab", false],
    ["${aws:username, 'team'}", "team", false],
    ["${aws:empty, 'team'}", "", true],
    ["${aws:empty, 'team'}", "team", false],
    ["${*}", "*", true],
    ["${*}", "a", false],
    ["${?}", "?", true],
    ["${?}", "a", false],
    ["${$}{aws:username}", "${aws:username}", true],
    ["$", "$", true],
    ["$aws:username}", "$aws:username}", true],
    ["{aws:username}", "{aws:username}", true],
  ])("%j and %j: %j", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test.each(["${", "${aws:username", "a${}", "${ aws:username}", "${aws:username }", "${**}", "${a'b}", "${a, b}"])(
    "%j is refused",
    (text) => {
      expect(parsePattern(text, both)).toHaveProperty("error");
    },
  );

  test.each(["${aws:a, 'b}", "${aws:a, 'b''}", "${aws:a, 'b' }", "${aws:a 'b'}", '${aws:a, "b"}', "${${aws:a}}"])(
    "%j is refused",
    (text) => {
      expect(parsePattern(text, both)).toHaveProperty("error");
    },
  );

  test("are plain text in version 2008-10-17", () => {
    const rules = { wildcards: true, variables: false };
    expect(matches("${aws:username}", "${aws:username}", rules)).toBe(true);
    expect(matches("${aws:username}", "ann", rules)).toBe(false);
    // Here the star between the braces is a wildcard like any other.
    expect(matches("${*}", "${anything}", rules)).toBe(true);
    expect(matches("${", "${", rules)).toBe(true);
  });

  test("long and malformed are refused", () => {
    expect(parsePattern(`\${${"a ".repeat(20_000)}'}`, both)).toHaveProperty("error");
    expect(parsePattern(`\${aws:a${" ".repeat(20_000)}x}`, both)).toHaveProperty("error");
    expect(parsePattern(`\${aws:a,${",".repeat(20_000)}'}`, both)).toHaveProperty("error");
  });

  test("can be filled in as text", () => {
    const parsed = parsePattern("a/${aws:username}/${aws:absent, 'x'}", { wildcards: false, variables: true });
    if ("error" in parsed) throw new Error(parsed.error);
    expect(expandText(parsed, lookup)).toBe("a/ann/x");
    expect(expandText(parsed, () => ["a"])).toBeUndefined();
  });
});
