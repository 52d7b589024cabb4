/** What matching costs, in units compared: never more than a few times pattern plus text, but for `?` after a `*`. */
import { describe, expect, test } from "vitest";
import { testString } from "../condition/string.ts";
import { matchAction } from "./action.ts";
import { matchArnPattern } from "./arn.ts";
import { matchSteps } from "./glob.ts";
import { parsePattern } from "./pattern.ts";
import { matchResource } from "./resource.ts";

function parsed(text: string) {
  const pattern = parsePattern(text, { wildcards: true, variables: true });
  if ("error" in pattern) throw new Error(pattern.error);
  return pattern;
}

function stepsOf(work: () => boolean): { readonly matched: boolean; readonly steps: number } {
  const before = matchSteps();
  const matched = work();
  return { matched, steps: matchSteps() - before };
}

const values: Readonly<Record<string, string>> = { "aws:username": "a".repeat(900), "aws:userid": "ab" };
const lookup = (key: string): string | undefined => values[key];
const a = (count: number): string => "a".repeat(count);
const head = "arn:aws:s3:::bucket/";

/** Pattern, value, and whether it matches: each is slow for a matcher that backtracks. */
const hostile: readonly (readonly [string, string, boolean])[] = [
  [`*${a(900)}b*`, a(2000), false],
  [`*${a(900)}b`, a(2000), false],
  [`*b${a(900)}*`, a(2000), false],
  [`*${a(900)}b*`, `${a(2000)}b`, true],
  [`*${"ab".repeat(400)}c*`, "ab".repeat(1000), false],
  [`${"*a".repeat(200)}*b*`, a(2000), false],
  [`${"*aaaaaaaab".repeat(90)}*`, a(2000), false],
  [`*${a(100)}*${a(300)}*${a(500)}b*`, a(2000), false],
  ["*${aws:username}b*", a(2000), false],
  [`${"*${aws:userid}".repeat(60)}c*`, "ab".repeat(1000), false],
  [`${"${aws:username}".repeat(60)}*`, a(2000), false],
  [`${"?".repeat(900)}*b`, a(2000), false],
  [`*${"?".repeat(900)}b`, a(2000), false],
  [`*😀${a(900)}b*`, "😀".repeat(1000), false],
];

describe.each(hostile)("%j", (pattern, value, expected) => {
  const limit = 10 * (pattern.length + value.length);

  test.each<readonly [string, () => boolean]>([
    ["StringLike", () => testString({ ignoreCase: false })(parsed(pattern))(value, lookup)],
    ["Resource", () => matchResource(parsed(head + pattern), head + value, lookup)],
    ["ArnLike", () => matchArnPattern(parsed(head + pattern), head + value, lookup)],
    [
      "an early segment of Resource",
      () => matchResource(parsed(`arn:aws:${pattern}:::b`), `arn:aws:${value}:::b`, lookup),
    ],
    [
      "an early segment of ArnLike",
      () => matchArnPattern(parsed(`arn:aws:${pattern}:::b`), `arn:aws:${value}:::b`, lookup),
    ],
  ])("as %s", (_place, work) => {
    const { matched, steps } = stepsOf(work);
    expect(matched).toBe(expected);
    expect(steps).toBeLessThan(limit);
  });
});

test("an action", () => {
  const pattern = { text: "", service: "s3", name: `*${a(900)}b*` };
  const { matched, steps } = stepsOf(() => matchAction(pattern, `s3:${a(2000)}`));
  expect(matched).toBe(false);
  expect(steps).toBeLessThan(30_000);
});
