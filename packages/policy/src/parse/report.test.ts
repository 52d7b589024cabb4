import { describe, expect, test } from "vitest";
import { parsePolicy } from "./parse.ts";
import { makeReport, pointerTo } from "./report.ts";

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

const place = { pointer: "/a", span: { start: 1, end: 2 } };

test("a report keeps errors in their order", () => {
  const report = makeReport();
  report.error("first", place, "one");
  report.error("second", place, "two", "help");
  expect(report.diagnostics(9)).toEqual([
    { code: "first", severity: "error", ...place, message: "one" },
    { code: "second", severity: "error", ...place, message: "two", help: "help" },
  ]);
});

test("a report keeps a hundred errors, and the number of the others", () => {
  const report = makeReport();
  for (let at = 0; at < 100; at += 1) report.error("same", place, String(at));
  expect(report.diagnostics(9)).toHaveLength(100);
  report.error("same", place, "100");
  const end = { code: "more-errors", pointer: "", span: { start: 9, end: 9 } };
  expect(report.diagnostics(9)).toHaveLength(101);
  expect(report.diagnostics(9).at(-1)).toMatchObject({ ...end, message: "1 more error is not listed" });
  report.error("same", place, "101");
  expect(report.diagnostics(9).at(-1)).toMatchObject({ ...end, message: "2 more errors are not listed" });
});

test("a document of errors is reported in few words", () => {
  const text = JSON.stringify({ Statement: Array.from({ length: 100_000 }, () => 1) });
  const { policy, diagnostics } = parsePolicy(text, "identity");
  expect(policy).toBeUndefined();
  expect(diagnostics).toHaveLength(101);
  expect(diagnostics.at(-1)?.message).toBe("99900 more errors are not listed");
});
