import { expect, test } from "vitest";
import { flag, oneOf, policyText, text, utf8 } from "./sql-value.ts";

const unreadable = Buffer.from('{"Resource":"\u00ff"}', "latin1");

test("bytes that are no UTF-8 are never another text", () => {
  expect(utf8(Buffer.from("\ufeffgrün"))).toBe("\ufeffgrün");
  expect(() => utf8(unreadable)).toThrow("not UTF-8");
  expect([text("a"), text(Buffer.from("\ufeffgrün"))]).toEqual(["a", "\ufeffgrün"]);
  expect(() => text(unreadable)).toThrow("not UTF-8");
  expect(policyText(Buffer.from('{"Resource":"ü"}'))).toBe('{"Resource":"ü"}');
  expect(() => JSON.parse(policyText(unreadable)) as unknown).toThrow(SyntaxError);
});

test("an unknown word is a fault, not the other one", () => {
  expect(oneOf(["Active", "Inactive"], "Active")).toBe("Active");
  for (const value of ["active", "", null, 1, undefined])
    expect(() => oneOf(["Active", "Inactive"], value)).toThrow(expect.objectContaining({ kind: "corrupt" }));
});

test("a flag that is neither 0 nor 1 is a fault, not false", () => {
  expect([flag(0), flag(1)]).toEqual([false, true]);
  for (const value of [2, -1, "1", null, undefined])
    expect(() => flag(value)).toThrow(expect.objectContaining({ kind: "corrupt" }));
});
