import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TextPattern } from "../model/policy.ts";
import { type Arn, formatArn, isArnPattern, matchArnPattern, matchesEverything, parseArn } from "./arn.ts";
import { matchText, parsePattern } from "./pattern.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 500);

function pattern(text: string): TextPattern {
  const parsed = parsePattern(text, { wildcards: true, variables: true });
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed;
}

const values: Readonly<Record<string, string>> = { "aws:username": "ann", "aws:colon": "b:c", "aws:star": "*" };
const matches = (text: string, arn: string): boolean => matchArnPattern(pattern(text), arn, (key) => values[key]);

describe("an ARN", () => {
  test.each<[string, Arn]>([
    ["arn:aws:s3:::b", { partition: "aws", service: "s3", region: "", account: "", resource: "b" }],
    [
      "arn:aws-cn:iam::111122223333:user/a:b/c",
      { partition: "aws-cn", service: "iam", region: "", account: "111122223333", resource: "user/a:b/c" },
    ],
    [
      "arn:aws:sqs:eu-west-1:111122223333:q",
      { partition: "aws", service: "sqs", region: "eu-west-1", account: "111122223333", resource: "q" },
    ],
    ["arn:aws:s3::::", { partition: "aws", service: "s3", region: "", account: "", resource: ":" }],
  ])("%j is read and written back", (text, arn) => {
    expect(parseArn(text)).toEqual(arn);
    expect(formatArn(arn)).toBe(text);
  });

  test.each([
    "",
    "arn",
    "arn:",
    "arn:aws:s3::b",
    "arn:aws:s3:::",
    "arn::s3:::b",
    "arn:aws::::b",
    "ARN:aws:s3:::b",
    "urn:aws:s3:::b",
    " arn:aws:s3:::b",
  ])("%j is none", (text) => {
    expect(parseArn(text)).toBeUndefined();
  });

  test("that is read is the one that was written", () => {
    const part = fc.string({ unit: "binary" }).map((text) => text.replaceAll(":", ""));
    const filled = part.filter((text) => text !== "");
    const resource = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(filled, filled, part, part, resource, (partition, service, region, account, last) => {
        const arn = { partition, service, region, account, resource: last };
        expect(parseArn(formatArn(arn))).toEqual(arn);
      }),
      { numRuns },
    );
  });
});

describe("a pattern of a resource", () => {
  test.each([
    ["*", true],
    ["**", true],
    ["arn:aws:s3:::b/*", true],
    ["arn:*:s3:*:*:*", true],
    ["arn:aws:s3:::${aws:username}", true],
    ["arn:aws:${aws:username}:::b", true],
    ["", false],
    ["?", false],
    ["*?", false],
    ["b/*", false],
    ["arn:aws:s3", false],
    ["arn:aws:s3:*", false],
    ["arn:aws:s3:::", false],
    ["a*:aws:s3:::b", false],
    ["*:aws:s3:::b", false],
    ["ARN:aws:s3:::b", false],
    ["${aws:colon}:aws:s3:::b", false],
    ["arn:${*}:::b", false],
  ])("%j is one: %j", (text, expected) => {
    expect(isArnPattern(pattern(text))).toBe(expected);
  });

  test.each([
    ["*", true],
    ["***", true],
    ["?", false],
    ["${*}", false],
    ["", false],
    ["*?", false],
  ])("%j is everything: %j", (text, expected) => {
    expect(matchesEverything(pattern(text))).toBe(expected);
  });

  test.each([
    // The last segment: `*` takes slashes and colons.
    ["arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", true],
    ["arn:aws:s3:::b/*", "arn:aws:s3:::b/", true],
    ["arn:aws:s3:::b/*", "arn:aws:s3:::b", false],
    ["arn:aws:s3:::b*", "arn:aws:s3:::bucket", true],
    ["arn:aws:s3:::b", "arn:aws:s3:::b/x", false],
    ["arn:aws:s3:::b/?", "arn:aws:s3:::b/:", true],
    ["arn:aws:s3:::b/*/c", "arn:aws:s3:::b/1/2:3/c", true],
    // Upper case and lower case are two names.
    ["arn:aws:s3:::B", "arn:aws:s3:::b", false],
    ["arn:aws:S3:::b", "arn:aws:s3:::b", false],
    // Every other segment keeps its wildcards to itself.
    ["arn:aws:*:::b", "arn:aws:s3:::b", true],
    ["arn:aws:*:b", "arn:aws:s3:::b", false],
    ["arn:aws:iam:*:user/ann", "arn:aws:iam::111122223333:user/ann", false],
    ["arn:aws:iam::*:user/ann", "arn:aws:iam::111122223333:user/ann", true],
    ["arn:aws:iam::*:user/ann", "arn:aws:iam::1:x:user/ann", false],
    ["arn:aws:iam::1*3:root", "arn:aws:iam::111122223333:root", true],
    ["arn:aws:iam::????????????:root", "arn:aws:iam::111122223333:root", true],
    ["arn:aws:iam::?:root", "arn:aws:iam:::root", false],
    ["arn:*:s3:::b", "arn:aws:x:s3:::b", false],
    ["arn:aws:s3:::b", "arn:aws:s3:eu-west-1::b", false],
    ["arn:aws:s3:*::b", "arn:aws:s3:eu-west-1::b", true],
    ["arn:aws:s3:*::b", "arn:aws:s3:::b", true],
    ["arn:aws:s3:?::b", "arn:aws:s3:::b", false],
    // A wildcard in the text asked about is a character.
    ["arn:aws:s3:::b", "arn:aws:s3:::*", false],
    ["arn:aws:s3:::b", "*", false],
    ["arn:aws:s3:::*", "*", false],
    ["*", "*", true],
    ["*", "", true],
    // Colons in the value of a variable never separate segments.
    ["arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/ann", true],
    ["arn:aws:s3:::${aws:colon}", "arn:aws:s3:::b:c", true],
    ["arn:aws:iam::${aws:colon}:x", "arn:aws:iam::b:c:x", false],
    ["arn:aws:s3:::b/${aws:star}", "arn:aws:s3:::b/x", false],
    ["arn:aws:s3:::b/${aws:star}", "arn:aws:s3:::b/*", true],
    ["arn:aws:s3:::b/${aws:absent}", "arn:aws:s3:::b/", false],
    ["arn:aws:s3:::b/${aws:absent, 'all'}", "arn:aws:s3:::b/all", true],
    ["arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false],
    ["arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true],
  ])("%j and %j: %j", (text, arn, expected) => {
    expect(matches(text, arn)).toBe(expected);
  });

  test("matches exactly when every segment matches on its own", () => {
    const special = fc.constantFrom("a", "b", "?", "${*}", "${aws:username}", "${aws:colon}", "/");
    const piece = fc.oneof({ weight: 2, arbitrary: fc.constant("*") }, special);
    const written = fc.array(piece, { minLength: 1, maxLength: 2 }).map((all) => all.join(""));
    const last = fc.array(fc.oneof(piece, fc.constant(":")), { minLength: 1, maxLength: 4 }).map((all) => all.join(""));
    const word = fc.constantFrom("", "a", "b", "*", "ann", "ab", "b/", "ba");
    const lastWord = fc.oneof(word, fc.constantFrom("b:c", "a:b", ":", "ann/b:c"));
    const lookup = (key: string): string | undefined => values[key];
    let matched = 0;
    fc.assert(
      fc.property(
        fc.tuple(written, written, written, written, last),
        fc.tuple(word, word, word, word, lastWord),
        (segments, texts) => {
          const expected = segments.every((segment, at) => matchText(pattern(segment), texts[at] ?? "", lookup, false));
          const whole = pattern(["arn", ...segments].join(":"));
          matched += expected ? 1 : 0;
          expect(matchArnPattern(whole, ["arn", ...texts].join(":"), lookup)).toBe(expected);
        },
      ),
      { numRuns: numRuns * 4 },
    );
    expect(matched).toBeGreaterThan(numRuns / 100);
  });

  test("is tried on any text without a throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, arn) => {
        const literal = parsePattern(text, { wildcards: true, variables: false });
        if ("error" in literal) throw new Error(literal.error);
        expect(typeof matchArnPattern(literal, arn, () => undefined)).toBe("boolean");
        expect(typeof isArnPattern(literal)).toBe("boolean");
      }),
      { numRuns },
    );
  });
});
