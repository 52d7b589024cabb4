import { expect, test } from "vitest";
import { compareForReview } from "../compare/compare-for-review.ts";
import { comparePolicies } from "../compare/compare-policies.ts";
import { operators } from "../condition/operators.ts";
import type { Policy } from "../model/policy.ts";
import { aws, HOME, policyOf, to, type Written } from "../test/scenario.ts";
import { readOnlyPolicy } from "../templates/bucket-policies.ts";
import { parsePolicy } from "../parse/parse.ts";
import { describeComparison, describePolicy } from "./describe.ts";

const get = (more: Written = {}): Written => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::b/*",
  ...more,
});
const allow = (...statements: readonly Written[]): Policy => policyOf(statements, "identity");
const only = (more: Written): string => describePolicy(allow(get(more)))[0] ?? "";

test("a template, as a reviewer reads it", () => {
  const { policy } = parsePolicy(JSON.stringify(readOnlyPolicy("my-bucket", { prefix: "reports/" })), "identity");
  expect(policy === undefined ? [] : describePolicy(policy)).toEqual([
    "1: Allows reading (s3:GetBucketLocation), on the bucket my-bucket.",
    '2: Allows listing (s3:ListBucket), on the bucket my-bucket, but only when s3:prefix is like "reports/*".',
    "3: Allows reading (s3:GetObject, s3:GetObjectAcl, s3:GetObjectLegalHold, s3:GetObjectRetention, s3:GetObjectTagging), " +
      'on objects of the bucket my-bucket whose key begins with "reports/".',
  ]);
});

test.each([
  [
    { Action: ["s3:GetObject", "s3:PutObject", "s3:Nonsense"] },
    "1: Allows reading (s3:GetObject), writing (s3:PutObject) and actions that are not known here (s3:Nonsense), on every object of the bucket b.",
  ],
  [{ Action: "*", Resource: "*" }, "1: Allows every action of every service, on everything."],
  [
    { Action: ["s3:*", "sts:AssumeRole", "iam:Put*Policy", "sqs:*"] },
    "1: Allows every action of s3, every action of sqs, assuming a role (sts:AssumeRole) and managing permissions (iam:Put*Policy), on every object of the bucket b.",
  ],
  [
    { Resource: ["arn:aws:s3:::*", "arn:aws:s3:::app-*"] },
    '1: Allows reading (s3:GetObject), on every bucket and every object in it and every bucket whose name begins with "app-" and every object in such a bucket.',
  ],
  [
    { Resource: ["arn:aws:s3:::*/*", "arn:aws:s3:::app-*/*", "arn:aws:s3:::*-logs"] },
    '1: Allows reading (s3:GetObject), on every object of every bucket, every object of each bucket whose name begins with "app-" and arn:aws:s3:::*-logs.',
  ],
  [
    {
      Sid: "Rest",
      Action: undefined,
      NotAction: "s3:GetObject",
      Resource: undefined,
      NotResource: ["arn:aws:s3:::b", "arn:aws:s3:::b/k"],
    },
    '1 (Rest): Allows every action but s3:GetObject, on everything but the bucket b and the object "k" of the bucket b.',
  ],
])("actions and resources, %#", (more, expected) => {
  expect(only(more)).toBe(expected);
});

test("principals, and what a denial does", () => {
  const policy = policyOf([to("*"), to(aws(HOME), get({ Effect: "Deny", Action: "s3:PutObject" }))], "resource");
  expect(describePolicy(policy)).toEqual([
    "1: Allows everyone, including anonymous callers, reading (s3:GetObject), on every object of the bucket b.",
    `2: Denies the account ${HOME} writing (s3:PutObject), on every object of the bucket b.`,
    "A denial wins over everything that is allowed, here and in other policies.",
  ]);
});

test("everyone who may assume a role has credentials or a token", () => {
  const policy = policyOf({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }, "trust");
  expect(describePolicy(policy)).toEqual(["1: Allows everyone assuming a role (sts:AssumeRole)."]);
});

const values: Readonly<Record<string, string>> = {
  string: "a",
  numeric: "10",
  date: "2026-01-01T00:00:00Z",
  bool: "true",
  binary: "YQ==",
  "ip-address": "203.0.113.0/24",
  arn: "arn:aws:s3:::a",
  null: "true",
};

test("every operator has words of its own", () => {
  const said = Object.entries(operators).map(([name, { family }]) => {
    const words = only({ Condition: { [name]: { "aws:Key": values[family] } } });
    expect(words).toContain("but only when aws:Key is");
    expect(words).not.toContain(name);
    return words;
  });
  // ARN operators with Equals and with Like are the same.
  expect(new Set(said).size).toBe(said.length - 2 - 0);
});

test.each([
  ["StringNotEquals", ["a", "b"], 's3:prefix is not "a" nor "b" (or s3:prefix is absent)'],
  ["StringEqualsIfExists", ["a", "b"], 's3:prefix is "a" or "b" (or s3:prefix is absent)'],
  ["ForAllValues:StringLike", ["a*"], 'every value of s3:prefix is like "a*" (or s3:prefix is absent)'],
  ["ForAnyValue:StringNotLike", ["a*"], 'some value of s3:prefix is not like "a*"'],
  ["Null", ["false"], "s3:prefix is there"],
])("%s says what holds without a value", (operator, constants, expected) => {
  expect(only({ Condition: { [operator]: { "s3:prefix": constants } } })).toContain(`but only when ${expected}.`);
});

test("a difference of two policies", () => {
  const [left, right] = [allow(get(), get({ Sid: "Put", Action: "s3:PutObject" })), allow(get())];
  expect(describeComparison(comparePolicies(left, right), ["new.json", "old.json"])).toEqual([
    "new.json allows more than old.json.",
    "Only new.json allows s3:PutObject on arn:aws:s3:::b/x by arn:aws:iam::999988887777:user/x (statement 2, Put).",
  ]);
  expect(describeComparison(comparePolicies(right, right), ["a", "b"])).toEqual(["Both allow the same."]);
});

test("a difference of two policies that only deny", () => {
  const root = { StringLike: { "aws:PrincipalArn": "arn:aws:iam::*:root" } };
  const denies = [get({ Effect: "Deny" }), get({ Effect: "Deny", Action: "s3:*", Resource: "*", Condition: root })];
  const both = allow(...denies);
  for (const [index, by] of ["arn:aws:iam::999988887777:root", "arn:aws:iam::999988887777:user/x"].entries()) {
    const fewer = compareForReview(allow(...denies.slice(index, index + 1)), both);
    const [verdict, ...differences] = describeComparison(fewer, ["new.json", "old.json"]);
    expect(verdict).toBe("new.json denies less than old.json.");
    expect(differences).toEqual([
      expect.stringMatching(new RegExp(`^Only new.json does not deny s3:\\w+ on .* by ${by}`)),
    ]);
  }
  expect(describeComparison(compareForReview(both, both), ["a", "b"])).toEqual(["Both deny the same."]);
});
