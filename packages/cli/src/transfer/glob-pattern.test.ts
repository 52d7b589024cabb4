import { expect, test } from "vitest";
import { globPattern, literalPrefix } from "./glob-pattern.ts";

// Answers of Python 3.11's fnmatch.fnmatchcase(name, pattern).
test.each([
  ["*.txt", "a/b/c.txt", true],
  ["static/*.css", "static/a/b.css", true],
  ["static/*.css", "static.css", false],
  ["*", "", true],
  ["*", "a\nb", true],
  ["?", "/", true],
  ["?", "", false],
  ["?", "😀", true],
  ["a", "ab", false],
  ["A", "a", false],
  ["[abc]x", "bx", true],
  ["[a-c]x", "dx", false],
  ["[!a-c]x", "dx", true],
  ["[!a-c]x", "ax", false],
  ["[^a]", "^", true],
  ["[^a]", "b", false],
  ["[]]", "]", true],
  ["[!]]", "]", false],
  ["[!]]", "a", true],
  ["[]-a]", "^", true],
  ["[a-]", "-", true],
  ["[-a]", "-", true],
  ["[--0]", ".", true],
  ["[z-a]", "z", false],
  ["[!z-a]", "z", true],
  ["[z-ab]", "b", true],
  ["[a-c-e]", "-", true],
  ["[a-c-e]", "d", false],
  ["[a-c-e]", "e", true],
  ["[", "[", true],
  ["[a", "[a", true],
  ["[!", "[!", true],
  ["[]", "[]", true],
  ["a[*]", "a*", true],
  ["a[*]", "ab", false],
  ["\\*", "\\x", true],
  ["[\\]", "\\", true],
  ["a.b", "axb", false],
  ["a**b", "a/b", true],
  ["*a*b*c", "xxaxxbxxcxc", true],
  ["*a*b*c", "xxaxxcxxb", false],
  ["[é-ü]", "ö", true],
])("%s and %j: %s", (pattern, name, expected) => {
  expect(globPattern(pattern)(name)).toBe(expected);
});

test("many runs in one pattern are matched without going back", () => {
  const name = "a".repeat(1024);
  expect(globPattern(`${"*a".repeat(100)}*b`)(name)).toBe(false);
});

test.each([
  [["static/*.css"], "static/"],
  [["static/*.css", "stat[a]"], "stat"],
  [["a/b", "a/b"], "a/b"],
  [["a*", "b*"], ""],
  [["😀a*", "😁a*"], ""],
  [[], ""],
])("what matches %j starts with %j", (patterns, prefix) => {
  expect(literalPrefix(patterns)).toBe(prefix);
});
