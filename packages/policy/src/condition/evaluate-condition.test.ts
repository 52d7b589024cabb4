import { describe, expect, test } from "vitest";
import { conditionOf, contextOf } from "../test/scenario.ts";
import type { Condition } from "../model/policy.ts";
import { evaluateCondition } from "./evaluate-condition.ts";
import type { Outcome } from "./outcome.ts";

type Values = string | readonly string[];
/** Operator, the policy's values, the request's (undefined: the key is absent), what the condition says. */
type Row = readonly [operator: string, policy: unknown, request: Values | undefined, outcome: Outcome];

const KEY = "aws:TestKey";

function run(condition: Condition, request: Values | undefined, others: Record<string, Values> = {}): Outcome {
  return evaluateCondition(condition, contextOf(request === undefined ? others : { ...others, [KEY]: request }));
}

function table(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    test.each(rows)("%s %j against %j: %s", (operator, policy, request, outcome) => {
      expect(run(conditionOf(operator, KEY, policy), request)).toBe(outcome);
    });
  });
}

table("string", [
  ["StringEquals", "a", "a", "match"],
  ["StringEquals", "a", "A", "miss"],
  ["StringEquals", "a*", "ab", "miss"],
  ["StringEquals", "a*", "a*", "match"],
  ["StringEquals", "a?", "a?", "match"],
  ["StringEquals", ["a", "b"], "b", "match"],
  ["StringEquals", ["a", "b"], "c", "miss"],
  ["StringEquals", "", "", "match"],
  ["StringEquals", "a", undefined, "miss"],
  ["StringEqualsIfExists", "a", undefined, "match"],
  ["StringEqualsIfExists", "a", "b", "miss"],
  ["StringNotEquals", "a", "a", "miss"],
  ["StringNotEquals", "a", "A", "match"],
  ["StringNotEquals", ["a", "b"], "a", "miss"],
  ["StringNotEquals", ["a", "b"], "b", "miss"],
  ["StringNotEquals", ["a", "b"], "c", "match"],
  ["StringNotEquals", "a", undefined, "match"],
  ["StringNotEqualsIfExists", "a", undefined, "match"],
  ["StringNotEqualsIfExists", "a", "a", "miss"],
  ["StringEqualsIgnoreCase", "aB", "Ab", "match"],
  ["StringEqualsIgnoreCase", "aB", "Abc", "miss"],
  ["StringEqualsIgnoreCase", "aB", undefined, "miss"],
  ["StringNotEqualsIgnoreCase", "aB", "Ab", "miss"],
  ["StringNotEqualsIgnoreCase", "aB", "c", "match"],
  ["StringNotEqualsIgnoreCase", "aB", undefined, "match"],
  ["StringLike", "home/*", "home/ann/x", "match"],
  ["StringLike", "home/*", "home/", "match"],
  ["StringLike", "home/*", "Home/ann", "miss"],
  ["StringLike", "h?me", "home", "match"],
  ["StringLike", "h?me", "hme", "miss"],
  ["StringLike", "a${*}b", "a*b", "match"],
  ["StringLike", "a${*}b", "axb", "miss"],
  ["StringLike", "a${?}b", "axb", "miss"],
  ["StringLike", "a${$}{x}", "a${x}", "match"],
  ["StringLike", ["x*", "y*"], "yes", "match"],
  ["StringLike", "*", undefined, "miss"],
  ["StringLikeIfExists", "x*", undefined, "match"],
  ["StringNotLike", "home/*", "home/x", "miss"],
  ["StringNotLike", "home/*", "other", "match"],
  ["StringNotLike", ["a*", "b*"], "bx", "miss"],
  ["StringNotLike", "*", undefined, "match"],
  ["StringEquals", true, "true", "match"],
  ["StringEquals", 15, "15", "match"],
]);

table("numeric", [
  ["NumericEquals", "10", "10", "match"],
  ["NumericEquals", 10, "10.0", "match"],
  ["NumericEquals", "10", "1e1", "match"],
  ["NumericEquals", "10", "11", "miss"],
  ["NumericEquals", "9007199254740993", "9007199254740992", "miss"],
  ["NumericEquals", "0.1", "0.10", "match"],
  ["NumericEquals", ["1", "2"], "2", "match"],
  ["NumericEquals", "1", undefined, "miss"],
  ["NumericEqualsIfExists", "1", undefined, "match"],
  ["NumericNotEquals", "10", "10", "miss"],
  ["NumericNotEquals", "10", "9", "match"],
  ["NumericNotEquals", ["1", "2"], "2", "miss"],
  ["NumericNotEquals", "10", undefined, "match"],
  ["NumericLessThan", "10", "9.99", "match"],
  ["NumericLessThan", "10", "10", "miss"],
  ["NumericLessThan", "-1", "-1.5", "match"],
  ["NumericLessThanEquals", "10", "10", "match"],
  ["NumericLessThanEquals", "10", "11", "miss"],
  ["NumericGreaterThan", "10", "11", "match"],
  ["NumericGreaterThan", "10", "10", "miss"],
  ["NumericGreaterThanEquals", "10", "10", "match"],
  ["NumericGreaterThanEquals", "10", "9", "miss"],
  ["NumericGreaterThanEquals", "10", undefined, "miss"],
  ["NumericLessThan", "10", "ten", "indeterminate"],
  ["NumericLessThan", "10", "", "indeterminate"],
  ["NumericLessThan", "10", "0x1", "indeterminate"],
  ["NumericLessThan", "10", " 1", "indeterminate"],
  ["NumericLessThan", "10", "NaN", "indeterminate"],
  ["NumericLessThan", "10", "1e999999999", "indeterminate"],
  ["NumericNotEquals", "10", "ten", "indeterminate"],
]);

table("date", [
  ["DateEquals", "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "match"],
  ["DateEquals", "2026-01-31T12:00:00Z", "1769860800", "match"],
  ["DateEquals", "1769860800", "2026-01-31T12:00:00.000Z", "match"],
  ["DateEquals", 1769860800, "2026-01-31T12:00Z", "match"],
  ["DateEquals", "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z", "miss"],
  ["DateEquals", "2026", "2026-01-01", "match"],
  ["DateEquals", "2026-02", "2026-02-01T00:00:00Z", "match"],
  ["DateNotEquals", "2026-01-31", "2026-01-31T00:00:00Z", "miss"],
  ["DateNotEquals", "2026-01-31", "2026-02-01", "match"],
  ["DateNotEquals", "2026-01-31", undefined, "match"],
  ["DateLessThan", "2026-01-31", "2026-01-30T23:59:59Z", "match"],
  ["DateLessThan", "2026-01-31", "2026-01-31", "miss"],
  ["DateLessThanEquals", "2026-01-31", "2026-01-31", "match"],
  ["DateGreaterThan", "2026-01-31", "2026-01-31T00:00:00.5Z", "match"],
  ["DateGreaterThan", "2026-01-31", "2026-01-31", "miss"],
  ["DateGreaterThan", "2026-01-31", undefined, "miss"],
  ["DateGreaterThanIfExists", "2026-01-31", undefined, "match"],
  ["DateGreaterThanEquals", "2026-01-31", "2026-01-31", "match"],
  ["DateLessThan", "2026-01-31", "2026-02-30", "indeterminate"],
  ["DateLessThan", "2026-01-31", "yesterday", "indeterminate"],
  ["DateLessThan", "2026-01-31", "2025-13-01", "indeterminate"],
  ["DateLessThan", "2026-01-31", "2025-01-01T24:00:00Z", "indeterminate"],
]);

table("bool", [
  ["Bool", "true", "true", "match"],
  ["Bool", true, "true", "match"],
  ["Bool", "True", "true", "match"],
  ["Bool", "false", "true", "miss"],
  ["Bool", "false", "false", "match"],
  ["Bool", "true", undefined, "miss"],
  ["BoolIfExists", "true", undefined, "match"],
  ["Bool", ["true", "false"], "false", "match"],
  ["Bool", "true", "yes", "indeterminate"],
]);

table("binary", [
  ["BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "match"],
  ["BinaryEquals", "QQ==", "Qg==", "miss"],
  ["BinaryEquals", "QQ==", "QUE=", "miss"],
  ["BinaryEquals", ["QQ==", "Qg=="], "Qg==", "match"],
  ["BinaryEquals", "QQ==", undefined, "miss"],
  ["BinaryEqualsIfExists", "QQ==", undefined, "match"],
  ["BinaryEquals", "QQ==", "QQ", "indeterminate"],
  ["BinaryEquals", "QQ==", "QR==", "indeterminate"],
]);

table("ip address", [
  ["IpAddress", "203.0.113.0/24", "203.0.113.255", "match"],
  ["IpAddress", "203.0.113.0/24", "203.0.114.0", "miss"],
  ["IpAddress", "203.0.113.7", "203.0.113.7", "match"],
  ["IpAddress", "203.0.113.7", "203.0.113.8", "miss"],
  ["IpAddress", "0.0.0.0/0", "8.8.8.8", "match"],
  ["IpAddress", "0.0.0.0/0", "2001:db8::1", "miss"],
  ["IpAddress", "10.0.0.0/31", "10.0.0.1", "match"],
  ["IpAddress", "10.0.0.0/31", "10.0.0.2", "miss"],
  ["IpAddress", "203.0.113.0/24", "::ffff:203.0.113.9", "match"],
  ["IpAddress", "203.0.113.0/24", "::FFFF:cb00:7109", "match"],
  ["IpAddress", "::ffff:203.0.113.0/120", "203.0.113.9", "match"],
  ["IpAddress", "::ffff:0:0/96", "203.0.113.9", "match"],
  ["IpAddress", "::ffff:0:0/95", "203.0.113.9", "miss"],
  ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", "match"],
  ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", "miss"],
  ["IpAddress", "2001:db8::/33", "2001:db8:7fff::", "match"],
  ["IpAddress", "2001:db8::/33", "2001:db8:8000::", "miss"],
  ["IpAddress", "2001:db8::1", "2001:0db8:0:0:0:0:0:1", "match"],
  ["IpAddress", "::/0", "::1", "match"],
  ["IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::9", "match"],
  ["IpAddress", "203.0.113.0/24", undefined, "miss"],
  ["IpAddressIfExists", "203.0.113.0/24", undefined, "match"],
  ["NotIpAddress", "203.0.113.0/24", "203.0.113.1", "miss"],
  ["NotIpAddress", "203.0.113.0/24", "::ffff:203.0.113.1", "miss"],
  ["NotIpAddress", "203.0.113.0/24", "198.51.100.1", "match"],
  ["NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.1", "miss"],
  ["NotIpAddress", "203.0.113.0/24", undefined, "match"],
  ["IpAddress", "0.0.0.0/0", "1.2.3", "indeterminate"],
  ["IpAddress", "0.0.0.0/0", "010.0.0.1", "indeterminate"],
  ["IpAddress", "0.0.0.0/0", "256.0.0.1", "indeterminate"],
  ["IpAddress", "::/0", "1::2::3", "indeterminate"],
  ["IpAddress", "::/0", "fe80::1%eth0", "indeterminate"],
  ["NotIpAddress", "203.0.113.0/24", "unknown", "indeterminate"],
]);

const ROLE = "arn:aws:iam::111122223333:role/reader";
table("arn", [
  ...["ArnEquals", "ArnLike"].flatMap((operator): Row[] => [
    [operator, ROLE, ROLE, "match"],
    [operator, "arn:aws:iam::111122223333:role/*", ROLE, "match"],
    [operator, "arn:aws:iam::*:role/reader", ROLE, "match"],
    [operator, "arn:aws:iam::111122223333:role/READER", ROLE, "miss"],
    // The documentation's example of what a string operator would match and an ARN operator does not.
    [
      operator,
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      "miss",
    ],
    [operator, ["arn:aws:iam::1:role/x", ROLE], ROLE, "match"],
    [operator, ROLE, "not an arn", "miss"],
    [operator, ROLE, undefined, "miss"],
    [`${operator}IfExists`, ROLE, undefined, "match"],
  ]),
  ...["ArnNotEquals", "ArnNotLike"].flatMap((operator): Row[] => [
    [operator, ROLE, ROLE, "miss"],
    [operator, "arn:aws:iam::*:role/*", ROLE, "miss"],
    [operator, "arn:aws:iam::*:user/*", ROLE, "match"],
    [operator, ["arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*"], ROLE, "miss"],
    [operator, ROLE, undefined, "match"],
  ]),
]);

table("null", [
  ["Null", "true", undefined, "match"],
  ["Null", "true", "x", "miss"],
  ["Null", "false", undefined, "miss"],
  ["Null", "false", "x", "match"],
  ["Null", true, undefined, "match"],
  ["Null", "true", [], "match"],
  ["Null", "false", ["a", "b"], "match"],
]);

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
table("set operators", [
  ["ForAllValues:StringEquals", ["a", "b"], ["a"], "match"],
  ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], "match"],
  ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], "miss"],
  ["ForAllValues:StringEquals", ["a", "b"], [], "match"],
  ["ForAllValues:StringEquals", ["a", "b"], "", "match"],
  ["ForAllValues:StringEquals", ["a", "b"], undefined, "match"],
  ["ForAllValues:StringEquals", ["a", "b"], "a", "match"],
  ["ForAllValues:StringLike", ["a*"], ["ax", "ay"], "match"],
  ["ForAllValues:StringLike", ["a*"], ["ax", "by"], "miss"],
  ["ForAnyValue:StringEquals", ["a", "b"], ["a", "c"], "match"],
  ["ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], "miss"],
  ["ForAnyValue:StringEquals", ["a", "b"], [], "miss"],
  ["ForAnyValue:StringEquals", ["a", ""], "", "miss"],
  ["ForAnyValue:StringEquals", ["a", "b"], undefined, "miss"],
  // Negated, partly overlapping: {a, c} against {a, b}.
  ["ForAllValues:StringNotEquals", ["a", "b"], ["a", "c"], "miss"],
  ["ForAllValues:StringNotEquals", ["a", "b"], ["c", "d"], "match"],
  ["ForAllValues:StringNotEquals", ["a", "b"], ["a", "b"], "miss"],
  ["ForAllValues:StringNotEquals", ["a", "b"], [], "match"],
  ["ForAllValues:StringNotEquals", ["a", "b"], undefined, "match"],
  ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"], "match"],
  ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], "miss"],
  ["ForAnyValue:StringNotEquals", ["a", "b"], ["c"], "match"],
  ["ForAnyValue:StringNotEquals", ["a", "b"], [], "miss"],
  ["ForAnyValue:StringNotEquals", ["a", "b"], undefined, "miss"],
  ["ForAnyValue:StringNotLike", ["a*"], ["ax", "b"], "match"],
  ["ForAllValues:StringEqualsIfExists", ["a"], undefined, "match"],
  ["ForAllValues:StringEqualsIfExists", ["a"], ["b"], "miss"],
  ["ForAnyValue:StringEqualsIfExists", ["a"], undefined, "match"],
  ["ForAnyValue:StringEqualsIfExists", ["a"], ["b"], "miss"],
  ["ForAnyValue:StringNotEqualsIfExists", ["a"], undefined, "match"],
  ["ForAnyValue:NumericLessThan", ["10"], ["ten", "9"], "match"],
  ["ForAllValues:NumericLessThan", ["10"], ["ten", "9"], "indeterminate"],
  ["ForAllValues:NumericLessThan", ["10"], ["ten", "11"], "miss"],
  ["ForAnyValue:NumericLessThan", ["10"], ["ten", "11"], "indeterminate"],
  ["ForAnyValue:IpAddress", ["10.0.0.0/8"], ["10.1.1.1", "11.1.1.1"], "match"],
  ["ForAllValues:Bool", "true", ["true", "false"], "miss"],
  ["ForAllValues:ArnLike", "arn:aws:iam::*:role/*", [ROLE], "match"],
]);

table("a multi-valued key without a set operator", [
  ["StringEquals", ["a", "b"], ["a", "b"], "match"],
  ["StringEquals", ["a", "b"], ["a", "c"], "indeterminate"],
  ["StringEquals", ["a", "b"], ["c", "d"], "miss"],
  ["StringEquals", ["a"], ["a"], "match"],
  ["StringEquals", ["a"], [], "miss"],
  ["StringNotEquals", ["a"], [], "match"],
  ["StringNotEquals", ["a", "b"], ["c", "d"], "match"],
  ["StringNotEquals", ["a", "b"], ["a", "d"], "indeterminate"],
  ["StringNotEquals", ["a", "b"], ["a", "b"], "miss"],
]);

describe("variables", () => {
  const ann = { "aws:username": "ann" };
  const tags = { "aws:TagKeys": ["x", "y"] };
  const rows: readonly (readonly [string, string, string, Record<string, Values>, Outcome])[] = [
    ["StringEquals", "${aws:username}", "ann", ann, "match"],
    ["StringEquals", "${AWS:UserName}", "ann", ann, "match"],
    ["StringEquals", "${aws:username}", "bob", ann, "miss"],
    ["StringLike", "home/${aws:username}/*", "home/ann/x", ann, "match"],
    ["StringLike", "home/${aws:username}/*", "home/bob/x", ann, "miss"],
    ["StringLike", "home/${aws:username}", "home/bob", { "aws:username": "*" }, "miss"],
    ["StringEquals", "${aws:username, 'nobody'}", "nobody", {}, "match"],
    ["StringEquals", "${aws:username}", "", {}, "miss"],
    ["StringEquals", "${aws:username}", "${aws:username}", {}, "miss"],
    ["StringEquals", "${aws:TagKeys}", "x", tags, "miss"],
    ["StringNotEquals", "${aws:username}", "bob", ann, "match"],
    ["StringNotEquals", "${aws:username}", "ann", ann, "miss"],
    ["StringNotEquals", "${aws:username}", "bob", {}, "match"],
    ["StringNotLike", "home/${aws:username}/*", "home/bob/x", {}, "match"],
    ["StringNotEquals", "${aws:TagKeys}", "x", tags, "match"],
    ["ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/ann", ann, "match"],
    ["ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/bob", ann, "miss"],
    ["ArnEquals", "${aws:PrincipalArn}", ROLE, { "aws:PrincipalArn": ROLE }, "match"],
    ["ArnNotEquals", "${aws:PrincipalArn}", ROLE, { "aws:PrincipalArn": ROLE }, "miss"],
    ["ArnNotEquals", "${aws:PrincipalArn}", ROLE, {}, "match"],
    ["ArnNotLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/bob", {}, "match"],
    ["Bool", "${aws:SecureTransport}", "true", { "aws:SecureTransport": "true" }, "match"],
    ["Bool", "${aws:SecureTransport}", "true", { "aws:SecureTransport": "false" }, "miss"],
    ["Bool", "${aws:username}", "true", ann, "indeterminate"],
    ["Bool", "${aws:username}", "true", {}, "miss"],
  ];
  test.each(rows)("%s %s against %s with %j: %s", (operator, policy, request, others, outcome) => {
    expect(run(conditionOf(operator, KEY, policy), request, others)).toBe(outcome);
  });

  test("are plain text before version 2012-10-17", () => {
    const condition = conditionOf("StringEquals", KEY, "${aws:username}", "2008-10-17");
    expect(run(condition, "ann", ann)).toBe("miss");
    expect(run(condition, "${aws:username}", ann)).toBe("match");
  });
});

describe("what the parser would have refused", () => {
  const literal = (text: string): Condition["values"][number] => ({ text, parts: [{ kind: "literal", text }] });
  const crafted = (operator: string, values: readonly string[]): Condition => ({
    written: operator,
    operator,
    ifExists: false,
    key: KEY,
    values: values.map(literal),
    writtenValues: values,
  });

  test.each<readonly [string, readonly string[]]>([
    ["StringAlmostEquals", ["a"]],
    ["toString", ["a"]],
    ["__proto__", ["a"]],
    ["StringEquals", []],
    ["StringNotEquals", []],
    ["NumericEquals", ["one"]],
    ["NumericNotEquals", ["one"]],
    ["DateLessThan", ["soon"]],
    ["IpAddress", ["10.0.0.0/40"]],
    ["NotIpAddress", ["10.0.0.0/40"]],
    ["BinaryEquals", ["%"]],
    ["ArnNotEquals", ["role/reader"]],
    ["Null", ["maybe"]],
  ])("%s %j has no answer", (operator, values) => {
    expect(
      run(crafted(operator, values), operator === "IpAddress" || operator === "NotIpAddress" ? "10.0.0.1" : "1"),
    ).toBe("indeterminate");
  });

  test("a good constant beside a malformed one still matches", () => {
    expect(run(crafted("NumericEquals", ["one", "1"]), "1")).toBe("match");
    expect(run(crafted("NumericNotEquals", ["one", "1"]), "1")).toBe("miss");
  });
});

test("keys compare without case", () => {
  expect(run(conditionOf("StringEquals", KEY.toUpperCase(), "a"), "a")).toBe("match");
});
