/** The cost that is charged up front against the steps that were taken. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { contextOf } from "../test/scenario.ts";
import { matchSteps } from "../match/glob.ts";
import { costOfConstant, costOfResource, stepsFor } from "../match/match-cost.ts";
import { matchArnPattern } from "../match/arn.ts";
import { matchText } from "../match/pattern.ts";
import { matchResource } from "../match/resource.ts";
import { decide } from "./decide.ts";
import { compileLayers } from "./compile-policy.ts";
import { decisionCost, traceCost } from "./decision-cost.ts";
import { trace } from "./trace.ts";
import { layers, longLayers, request, textPattern } from "../test/generators.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 200);

function stepsOf(work: () => unknown): number {
  const before = matchSteps();
  work();
  return matchSteps() - before;
}

const piece = fc.oneof(
  fc.constantFrom("*", "*", "?", "${v}", "${none}", "${none, 'aab'}", "b", ":"),
  fc.integer({ min: 1, max: 40 }).map((count) => "a".repeat(count)),
  fc.integer({ min: 1, max: 20 }).map((count) => "ab".repeat(count)),
);
const slowText = fc.array(piece, { maxLength: 12 }).map((all) => all.join(""));
const slowValue = fc
  .array(fc.constantFrom("a", "aaaaaaaaaaaaaaaaaaaaaaaa", "b", "ababababababab", ":"), { maxLength: 12 })
  .map((all) => all.join(""));
const head = fc.constantFrom("arn:aws:s3:::", "arn:*:s3:::", "arn:*aa*:s3:*:*:", "arn:aws:s3:", "");

test("a pattern never takes more steps than it is charged", () => {
  fc.assert(
    fc.property(head, slowText, head, slowValue, slowValue, (start, text, valueStart, value, variable) => {
      const pattern = textPattern(start + text, { wildcards: true, variables: true });
      const asked = valueStart + value;
      const context = contextOf({ v: variable });
      const charged = stepsFor(costOfResource(pattern), asked.length);
      expect(stepsOf(() => matchResource(pattern, asked, context))).toBeLessThanOrEqual(charged);
      const constant = stepsFor(costOfConstant(pattern), asked.length);
      expect(stepsOf(() => matchText(pattern, asked, context, false))).toBeLessThanOrEqual(constant);
      expect(stepsOf(() => matchArnPattern(pattern, asked, context))).toBeLessThanOrEqual(constant);
    }),
    { numRuns: numRuns * 10 },
  );
});

test("a decision never takes more steps than it is charged", () => {
  fc.assert(
    fc.property(fc.oneof(layers, longLayers), request, (given, asked) => {
      const programs = compileLayers(given);
      const charged = decisionCost(programs, asked);
      expect(stepsOf(() => decide(programs, asked))).toBeLessThanOrEqual(charged);
      expect(stepsOf(() => trace(programs, asked))).toBeLessThanOrEqual(traceCost(programs, asked));
    }),
    { numRuns: numRuns * 4 },
  );
});

test("a statement's conditions are asked once, however many of its patterns match", () => {
  const values = Array.from({ length: 100 }, (_, index) => `*${"a".repeat(40)}${index}*`);
  const resources = Array.from({ length: 100 }, (_, index) => `arn:aws:s3:::*${"k".repeat(index + 1)}*`);
  const statement = {
    effect: "Allow" as const,
    action: { negated: false, single: true, patterns: [{ text: "*", service: "*", name: "*" }] },
    resource: {
      negated: false,
      single: false,
      patterns: resources.map((text) => textPattern(text, { wildcards: true, variables: true })),
    },
    conditions: [
      {
        written: "StringLike",
        operator: "StringLike",
        ifExists: false,
        key: "aws:UserAgent",
        values: values.map((text) => textPattern(text, { wildcards: true, variables: true })),
        writtenValues: values,
      },
    ],
    span: { start: 0, end: 0 },
  };
  const policy = {
    version: "2012-10-17",
    explicitVersion: true,
    statementList: true,
    statements: [statement],
  } as const;
  const programs = compileLayers({
    guardrails: [],
    identity: [{ name: "one", policy }],
    boundary: "none",
    sessions: [],
    resource: "none",
  });
  const asked = {
    principal: { kind: "user", accountId: "1", arn: "arn:aws:iam::1:user/u", userId: "AIDA", userName: "u" },
    action: "s3:GetObject",
    resource: `arn:aws:s3:::${"k".repeat(1000)}`,
    resourceAccount: "1",
    context: contextOf({ "aws:UserAgent": "a".repeat(2000) }),
  } as const;
  const charged = decisionCost(programs, asked);
  expect(charged).toBeLessThan(2_000_000);
  expect(stepsOf(() => decide(programs, asked))).toBeLessThanOrEqual(charged);
});
