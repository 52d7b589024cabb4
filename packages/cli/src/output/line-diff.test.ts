import { expect, test } from "vitest";
import { lineDiff } from "./line-diff.ts";

test.each([
  ["", "", []],
  ["a b", "a b", [" a", " b"]],
  ["a b c", "a c", [" a", "-b", " c"]],
  ["a c", "a b c", [" a", "+b", " c"]],
  ["a b", "a c", [" a", "-b", "+c"]],
])("%j to %j", (before, after, lines) => {
  const words = (text: string) => text.split(" ").filter((word) => word !== "");
  expect(lineDiff(words(before), words(after))).toEqual(lines);
});
