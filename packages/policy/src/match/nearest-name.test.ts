import { describe, expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

describe("the nearest name", () => {
  const known = ["Effect", "Action", "NotAction", "Resource", "Principal"];

  test.each<[string, string | undefined]>([
    ["effect", "Effect"],
    ["EFFECT", "Effect"],
    ["Efect", "Effect"],
    ["Actions", "Action"],
    ["notaction", "NotAction"],
    ["Principle", "Principal"],
    ["Resuorce", "Resource"],
    ["Comment", undefined],
    ["", undefined],
    ["__proto__", undefined],
    ["x".repeat(100_000), undefined],
  ])("to %j is %j", (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });
});
