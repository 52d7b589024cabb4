import { describe, expect, test } from "vitest";
import { makeReport, nearestName, pointerTo } from "./report.ts";

describe("a pointer (RFC 6901)", () => {
  test.each<[string | number, string]>([
    ["Effect", "/Statement/Effect"],
    [0, "/Statement/0"],
    ["", "/Statement/"],
    ["a/b", "/Statement/a~1b"],
    ["m~n", "/Statement/m~0n"],
    ["~1", "/Statement/~01"],
    ["/~", "/Statement/~1~0"],
    [" ", "/Statement/ "],
    ['"', '/Statement/"'],
  ])("to %j", (key, pointer) => {
    expect(pointerTo("/Statement", key)).toBe(pointer);
  });
});

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

test("a report keeps what it is told, in order", () => {
  const report = makeReport();
  const place = { pointer: "/a", span: { start: 1, end: 2 } };
  report.warn("first", place, "one");
  report.error("second", place, "two", "help");
  expect(report.diagnostics).toEqual([
    { code: "first", severity: "warning", ...place, message: "one" },
    { code: "second", severity: "error", ...place, message: "two", help: "help" },
  ]);
});
