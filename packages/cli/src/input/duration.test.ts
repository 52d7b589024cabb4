import { expect, test } from "vitest";
import { UsageError } from "../command-line/failures.ts";
import { parseDuration } from "./duration.ts";

test.each([
  ["900", 900],
  ["1200s", 1200],
  ["15m", 900],
  ["12h", 43_200],
])("%s is %d seconds", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(["14m", "899", "43201", "13h", "1d", "", "15 m", "-15m", "1.5h", "15m0"])("%j is refused", (text) => {
  expect(() => parseDuration(text)).toThrow(UsageError);
});
