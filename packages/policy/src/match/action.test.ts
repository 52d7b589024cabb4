import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchAction, parseActionPattern } from "./action.ts";

function matches(pattern: string, action: string): boolean {
  const parsed = parseActionPattern(pattern);
  if (parsed === undefined) throw new Error(`${pattern} is refused`);
  return matchAction(parsed, action);
}

describe("an action pattern", () => {
  test.each([
    ["s3:GetObject", "s3:GetObject", true],
    ["s3:getobject", "s3:GetObject", true],
    ["S3:GETOBJECT", "s3:getobject", true],
    ["s3:GetObject", "s3:GetObjectAcl", false],
    ["s3:GetObject", "sts:GetObject", false],
    ["s3:Get*", "s3:GetObjectAcl", true],
    ["s3:Get*", "s3:PutObject", false],
    ["s3:*Object", "s3:GetObject", true],
    ["s3:*Object*", "s3:GetObjectAcl", true],
    ["s3:?etObject", "s3:GetObject", true],
    ["s3:?etObject", "s3:etObject", false],
    ["s3:GetObject?", "s3:GetObject", false],
    ["s3:*", "s3:GetObject", true],
    ["s3:*", "s3express:CreateSession", false],
    ["s3*:*", "s3express:CreateSession", true],
    ["*:GetObject", "s3:GetObject", true],
    ["*:*", "iam:CreateUser", true],
    ["*", "iam:CreateUser", true],
    ["*", "not an action", false],
    ["*", "", false],
    ["s3:*", "s3", false],
    ["s3:*", "", false],
  ])("%j and %j: %j", (pattern, action, expected) => {
    expect(matches(pattern, action)).toBe(expected);
  });

  test.each([
    "",
    ":",
    "s3:",
    ":GetObject",
    "s3",
    "GetObject",
    "**",
    "s3:Get Object",
    " s3:GetObject",
    "s3:GetObject\n",
    "s3:Get:Object",
    "s3:GetObject/x",
    "s3:${aws:username}",
    "s_3:GetObject",
    // Both become ASCII letters in lower case.
    "s3:\u212aeep",
    "\u212ams:Decrypt",
    "s3:GetObj\u0130ct",
    "\ud800:*",
  ])("%j is refused", (text) => {
    expect(parseActionPattern(text)).toBeUndefined();
  });

  test("keeps the text as it was written", () => {
    expect(parseActionPattern("S3:Get*")).toEqual({ text: "S3:Get*", service: "s3", name: "get*" });
    expect(parseActionPattern("*")).toEqual({ text: "*", service: "*", name: "*" });
  });

  test("matches what the naive matcher matches, in any case", () => {
    const part = fc
      .array(fc.constantFrom("a", "B", "*", "?"), { minLength: 1, maxLength: 6 })
      .map((all) => all.join(""));
    const plain = fc.array(fc.constantFrom("A", "b"), { maxLength: 6 }).map((all) => all.join(""));
    const naive = (pattern: string, text: string): boolean => {
      if (pattern === "") return text === "";
      if (pattern.startsWith("*"))
        return naive(pattern.slice(1), text) || (text !== "" && naive(pattern, text.slice(1)));
      return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1));
    };
    fc.assert(
      fc.property(part, part, plain, plain, (service, name, first, second) => {
        const expected =
          naive(service.toLowerCase(), first.toLowerCase()) && naive(name.toLowerCase(), second.toLowerCase());
        expect(matches(`${service}:${name}`, `${first}:${second}`)).toBe(expected);
      }),
      { numRuns: Number(process.env["TEST_RUNS"] ?? 1000) },
    );
  });

  test("is parsed or refused for any text, and never holds what is not ASCII", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (left, right) => {
        const parsed = parseActionPattern(`${left}:${right}`);
        if (parsed !== undefined) expect(parsed.text).toMatch(/^[\w*?-]+:[\w*?-]+$/);
        expect(typeof matches("*", `${left}:${right}`)).toBe("boolean");
      }),
    );
  });
});
