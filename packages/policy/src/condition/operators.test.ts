import { describe, expect, test } from "vitest";
import { checkOperatorValue, lookupOperator, operators } from "./operators.ts";

describe("lookupOperator", () => {
  test("knows every documented operator, alone, with IfExists and under both set operators", () => {
    expect(Object.keys(operators)).toHaveLength(27);
    for (const operator of Object.keys(operators)) {
      expect(lookupOperator(operator)).toMatchObject({ operator, ifExists: false });
      if (operator === "Null") continue;
      expect(lookupOperator(`${operator}IfExists`)).toMatchObject({ operator, ifExists: true });
      for (const set of ["ForAllValues", "ForAnyValue"]) {
        expect(lookupOperator(`${set}:${operator}`)).toMatchObject({ operator, set, ifExists: false });
        expect(lookupOperator(`${set}:${operator}IfExists`)).toMatchObject({ operator, set, ifExists: true });
      }
    }
  });

  test.each([
    "",
    "stringequals",
    "STRINGEQUALS",
    "StringEqual",
    "StringEquals ",
    "StringEqualsIfExistsIfExists",
    "IfExists",
    "forallvalues:StringEquals",
    "ForSomeValues:StringEquals",
    "ForAllValues:",
    "ForAllValues:ForAnyValue:StringEquals",
    "NullIfExists",
    "ForAllValues:Null",
    "ForAnyValue:Null",
    "toString",
    "constructor",
    "__proto__",
  ])("refuses %j", (written) => {
    expect(lookupOperator(written)).toBeUndefined();
  });

  test("only the Like and ARN operators have wildcards; string, ARN and Bool values have variables", () => {
    const wild = Object.entries(operators).filter(([, row]) => row.wildcards);
    expect(wild.map(([name]) => name)).toEqual([
      "StringLike",
      "StringNotLike",
      "ArnEquals",
      "ArnLike",
      "ArnNotEquals",
      "ArnNotLike",
    ]);
    const families = new Set(Object.values(operators).flatMap((row) => (row.variables ? [row.family] : [])));
    expect([...families].toSorted()).toEqual(["arn", "bool", "string"]);
  });
});

describe("checkOperatorValue", () => {
  test.each([
    ["StringEquals", ""],
    ["NumericEquals", "-1.5"],
    ["NumericLessThan", "1e3"],
    ["DateLessThan", "2026-01-31"],
    ["DateLessThan", "2026-01-31T12:00:00.123+05:30"],
    ["DateLessThan", "1769860800"],
    ["DateLessThan", "2024-02-29"],
    ["Bool", "TRUE"],
    ["Bool", "${aws:SecureTransport}"],
    ["BinaryEquals", ""],
    ["BinaryEquals", "AAECAw=="],
    ["IpAddress", "10.0.0.0/8"],
    ["IpAddress", "::1"],
    ["NotIpAddress", "::ffff:10.0.0.0/104"],
    ["ArnLike", "*"],
    ["ArnLike", "${aws:PrincipalArn}"],
    ["ArnEquals", "arn:aws:s3:::b/a:b"],
    ["Null", "false"],
  ])("%s takes %j", (operator, value) => {
    expect(checkOperatorValue(operator, value)).toBeUndefined();
  });

  test.each([
    ["NumericEquals", ""],
    ["NumericEquals", "1,5"],
    ["NumericEquals", "${aws:EpochTime}"],
    ["DateLessThan", "2026-1-31"],
    ["DateLessThan", "2025-02-29"],
    ["DateLessThan", "1900-02-29"],
    ["DateLessThan", "2026-01-31T12:00:00"],
    ["DateLessThan", "2026-01-31T12:00:00+24:00"],
    ["DateLessThan", "2026-01-31 12:00:00Z"],
    ["DateLessThan", "2026-01-*"],
    ["Bool", "yes"],
    ["BinaryEquals", "QQ"],
    ["BinaryEquals", "Q-=="],
    ["BinaryEquals", "QR=="],
    ["IpAddress", "10.0.0.0/33"],
    ["IpAddress", "10.0.0.0/"],
    ["IpAddress", "10.0.0.0/08"],
    ["IpAddress", "10.0.0"],
    ["IpAddress", "2001:db8::/129"],
    ["IpAddress", "1:2:3:4:5:6:7"],
    ["IpAddress", "1:2:3:4:5:6:7::8"],
    ["IpAddress", "::1.2.3.4:5"],
    ["IpAddress", ":::"],
    ["IpAddress", ""],
    ["ArnLike", "arn:aws:iam"],
    ["ArnLike", "arn:aws:iam::${aws:PrincipalAccount"],
    ["ArnNotEquals", "role/${aws:username}"],
    ["Null", "${aws:x}"],
    ["StringAlmostEquals", "x"],
  ])("%s refuses %j with a reason", (operator, value) => {
    expect(checkOperatorValue(operator, value)).toMatch(/must be|is not a condition operator|without its/);
  });

  test.each([
    ["Bool", "${aws:SecureTransport}"],
    ["ArnLike", "${aws:PrincipalArn}"],
  ])("%s takes %j as a variable, which the version 2008-10-17 does not have", (operator, value) => {
    expect(checkOperatorValue(operator, value)).toBeUndefined();
    expect(checkOperatorValue(operator, value, false)).toMatch(/must be/);
  });

  test.each(["${*}", "x${*}"])("Bool refuses %j, which is not a variable", (value) => {
    expect(checkOperatorValue("Bool", value)).toMatch(/must be/);
  });
});
