import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "negated-allow",
  {
    "a key that may be missing": {
      of: when("StringNotEquals", "aws:PrincipalTag/team", "x"),
      at: ["Condition/StringNotEquals/aws:PrincipalTag~1team"],
      says: "Null",
    },
    "an address in a network": {
      of: when("NotIpAddress", "aws:VpcSourceIp", "10.0.0.1"),
      at: ["Condition/NotIpAddress/aws:VpcSourceIp"],
    },
    "with IfExists": {
      of: when("StringNotLikeIfExists", "aws:referer", "x*"),
      at: ["Condition/StringNotLikeIfExists/aws:referer"],
    },
  },
  {
    denied: { of: when("StringNotEquals", "aws:PrincipalTag/team", "x", { Effect: "Deny" }) },
    "with a Null check": {
      of: statement({
        Condition: { StringNotEquals: { "aws:PrincipalTag/team": "x" }, Null: { "aws:PrincipalTag/team": "false" } },
      }),
    },
    "a key every request has": { of: when("NotIpAddress", "aws:SourceIp", "192.0.2.1") },
    "with a set operator, whose rules are others": {
      of: when("ForAllValues:StringNotEquals", "aws:TagKeys", ["a"]),
    },
    "not negated": { of: when("StringEquals", "aws:PrincipalTag/team", "x") },
  },
);
