import { describe, expect, it } from "vitest";
import { grammarRules } from "./grammar-rules.ts";
import { type PolicyUse, policyUses } from "./policy-uses.ts";
import { describeRule, rules } from "./rules.ts";
import { validatePolicy } from "./validate-policy.ts";

const one = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::docs/*" };
const trust = { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" };
const codesOf = (text: string, kind: PolicyUse = "identity"): readonly string[] =>
  validatePolicy(text, { kind }).map(({ code }) => code);
const within = (...statements: readonly unknown[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A document for each error in the grammar. */
const broken: Readonly<Record<string, readonly [text: string, kind?: PolicyUse]>> = {
  "invalid-json": ["{"],
  "duplicate-key": ['{"Version":"2012-10-17","Version":"2012-10-17"}'],
  "too-deep": ["[".repeat(40)],
  "too-long": [" ".repeat(400_001)],
  "wrong-type": ["[]"],
  "unknown-element": [within({ ...one, Resources: "*" })],
  "conflicting-elements": [within({ ...one, NotAction: "s3:*" })],
  "missing-statement": ["{}"],
  "missing-effect": [within({ ...one, Effect: undefined })],
  "missing-action": [within({ ...one, Action: undefined })],
  "missing-resource": [within({ ...one, Resource: undefined })],
  "missing-principal": [within(one), "resource"],
  "more-errors": [within(...Array.from({ length: 101 }, () => ({ ...one, Effect: "allow" })))],
  "empty-list": [within({ ...one, Action: [] })],
  "invalid-version": ['{"Version":"2026-01-01","Statement":[]}'],
  "prohibited-id": [JSON.stringify({ Id: "a", Statement: [one] })],
  "invalid-sid": [within({ ...one, Sid: "not so" })],
  "duplicate-sid": [within({ ...one, Sid: "A" }, { ...one, Sid: "A" })],
  "invalid-effect": [within({ ...one, Effect: "allow" })],
  "invalid-action": [within({ ...one, Action: "GetObject" })],
  "invalid-resource": [within({ ...one, Resource: "docs/*" })],
  "invalid-principal": [within({ ...one, Principal: { AWS: "everybody" } }), "resource"],
  "empty-principal": [within({ ...one, Principal: {} }), "resource"],
  "unknown-principal-type": [within({ ...one, Principal: { Aws: "*" } }), "resource"],
  "prohibited-principal": [within({ ...one, Principal: "*" })],
  "prohibited-resource": [within({ ...trust, Resource: "*" }), "trust"],
  "trust-action": [within({ ...trust, Action: "s3:GetObject" }), "trust"],
  "organization-version": [
    JSON.stringify({ Statement: [{ ...one, Effect: "Deny", Principal: "*" }] }),
    "resource-guardrail",
  ],
  "prohibited-allow": [within({ ...one, Principal: "*" }), "resource-guardrail"],
  "prohibited-not-action": [
    within({ ...one, Effect: "Deny", Principal: "*", Action: undefined, NotAction: "s3:*" }),
    "resource-guardrail",
  ],
  "trust-not-action": [within({ ...trust, Action: undefined, NotAction: "sts:TagSession" }), "trust"],
  "unknown-operator": [within({ ...one, Condition: { StringIs: { "aws:username": "a" } } })],
  "invalid-condition-value": [within({ ...one, Condition: { NumericEquals: { "s3:max-keys": "many" } } })],
  "empty-condition": [within({ ...one, Condition: { StringEquals: {} } })],
  "invalid-condition-key": [within({ ...one, Condition: { StringEquals: { username: "a" } } })],
  "invalid-variable": [within({ ...one, Resource: "arn:aws:s3:::docs/${" })],
};

describe("errors in the grammar", () => {
  it("each have a row", () => {
    expect(Object.keys(broken).toSorted()).toEqual([...grammarRules.keys()].toSorted());
  });

  it.each(Object.entries(broken))("%s is an error", (code, [text, kind]) => {
    const found = validatePolicy(text, { kind: kind ?? "identity" }).find((finding) => finding.code === code);
    expect(found?.severity).toBe("error");
  });

  it.each([
    ["a date", "DateLessThan", "aws:CurrentTime", "tomorrow"],
    ["a Boolean", "Bool", "aws:SecureTransport", "yes"],
    ["an address", "IpAddress", "aws:SourceIp", "192.0.2.0/99"],
    ["an ARN", "ArnLike", "aws:PrincipalArn", "alice"],
    ["base64", "BinaryEquals", "aws:username", "*"],
  ])("%s that is none is one", (_name, operator, key, value) => {
    expect(codesOf(within({ ...one, Condition: { [operator]: { [key]: value } } }))).toEqual([
      "invalid-condition-value",
    ]);
  });

  it("keep the other rules from speaking", () => {
    expect(codesOf(JSON.stringify({ Statement: [{ ...one, Action: "s3:Zebra", Effect: "allow" }] }))).toEqual([
      "invalid-effect",
    ]);
  });
});

describe("the tables", () => {
  it.each(Object.entries(rules))("%s says what it means and cites its page", (code, { meaning, page }) => {
    expect(grammarRules.has(code)).toBe(false);
    expect(meaning).not.toMatch(/\.$/);
    expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/[\w./#-]+$/);
    expect(describeRule(code)).toMatchObject({ meaning, page });
  });

  it.each([...grammarRules])("%s does too", (code, { meaning, page }) => {
    expect(meaning).not.toMatch(/\.$/);
    expect(page).toMatch(
      /^https:\/\/docs\.aws\.amazon\.com\/(?:IAM\/latest\/UserGuide|organizations\/latest\/userguide)\/[\w.-]+$/,
    );
    expect(describeRule(code)).toEqual({ meaning, page });
  });

  it("do not know other codes", () => {
    expect(describeRule("constructor")).toBeUndefined();
  });
});

describe("a policy nothing is wrong with", () => {
  const identity = {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "List",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::docs",
        Condition: { StringLike: { "s3:prefix": ["", "home/", "home/${aws:username}/*"] } },
      },
      {
        Sid: "ReadAndWrite",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: "arn:aws:s3:::docs/home/${aws:username}/*",
      },
      {
        Sid: "OnlyTls",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };

  it.each(Object.keys(policyUses).filter((kind) => !/^(?:trust|resource)/.test(kind)) as PolicyUse[])(
    "has no findings as %s",
    (kind) => {
      expect(validatePolicy(JSON.stringify(identity, undefined, 2), { kind })).toEqual([]);
    },
  );

  it("has none on a bucket", () => {
    const statement = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    expect(validatePolicy(within(statement), { kind: "resource", bucket: "docs" })).toEqual([]);
  });

  it("has none on a role", () => {
    expect(validatePolicy(within(trust), { kind: "trust" })).toEqual([]);
  });
});

describe("findings", () => {
  it("point at the text they are about", () => {
    const text = within({ ...one, Action: ["s3:GetObject", "s3:Zebra"] });
    const [finding] = validatePolicy(text, { kind: "identity" });
    expect(finding).toMatchObject({ code: "unknown-action", pointer: "/Statement/0/Action/1" });
    expect(text.slice(finding?.span.start, finding?.span.end)).toBe('"s3:Zebra"');
  });

  it("point into a statement that is not in a list", () => {
    const text = JSON.stringify({ Version: "2012-10-17", Statement: { ...one, Action: "s3:Zebra" } });
    const [finding] = validatePolicy(text, { kind: "identity" });
    expect(finding?.pointer).toBe("/Statement/Action");
    expect(text.slice(finding?.span.start, finding?.span.end)).toBe('"s3:Zebra"');
  });

  it("come in the order of the text, the heavier first at one place", () => {
    const found = validatePolicy(JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }), {
      kind: "identity",
    });
    expect(found.map(({ code }) => code)).toEqual(["missing-version", "full-access", "pass-role-wildcard"]);
    const starts = found.map(({ span }) => span.start);
    expect(starts).toEqual(starts.toSorted((left, right) => left - right));
  });
});
