import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "for-all-values-allow",
  {
    "an Allow": {
      of: when("ForAllValues:StringEquals", "aws:TagKeys", ["a"]),
      at: ["Condition/ForAllValues:StringEquals/aws:TagKeys"],
      says: '"Null": {"aws:TagKeys": "false"}',
    },
    "a Null check that asks for absence": {
      of: statement({
        Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] }, Null: { "aws:TagKeys": "true" } },
      }),
      at: ["Condition/ForAllValues:StringEquals/aws:TagKeys"],
    },
  },
  {
    "with a Null check": {
      of: statement({
        Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] }, Null: { "AWS:TagKeys": "false" } },
      }),
    },
    "a Deny": { of: when("ForAllValues:StringEquals", "aws:TagKeys", ["a"], { Effect: "Deny" }) },
    ForAnyValue: { of: when("ForAnyValue:StringEquals", "aws:TagKeys", ["a"]) },
    "a key with one value, which has a rule of its own": {
      of: when("ForAllValues:StringEquals", "aws:username", ["a"]),
    },
  },
);

ruleTable(
  "for-all-values-single",
  {
    "a key with one value": {
      of: when("ForAllValues:StringEquals", "aws:username", ["a"]),
      at: ["Condition/ForAllValues:StringEquals/aws:username"],
    },
    "also in a Deny": {
      of: when("ForAllValues:StringLike", "s3:x-amz-acl", "p*", { Effect: "Deny", Action: "s3:PutObject" }),
      at: ["Condition/ForAllValues:StringLike/s3:x-amz-acl"],
    },
  },
  {
    "a key with several": { of: when("ForAllValues:StringEquals", "aws:TagKeys", ["a"]) },
    "no set operator": { of: when("StringEquals", "aws:username", ["a"]) },
    "an unknown key": { of: when("ForAllValues:StringEquals", "kms:GrantOperations", ["a"]) },
  },
);

ruleTable(
  "for-any-value-negated",
  {
    "not equals": {
      of: when("ForAnyValue:StringNotEquals", "aws:TagKeys", ["a", "b"]),
      at: ["Condition/ForAnyValue:StringNotEquals/aws:TagKeys"],
      says: "ForAllValues:StringNotEquals",
    },
    "not like": {
      of: when("ForAnyValue:StringNotLike", "aws:TagKeys", ["a*"], { Effect: "Deny" }),
      at: ["Condition/ForAnyValue:StringNotLike/aws:TagKeys"],
    },
  },
  {
    equals: { of: when("ForAnyValue:StringEquals", "aws:TagKeys", ["a", "b"]) },
    "for all values": { of: when("ForAllValues:StringNotEquals", "aws:TagKeys", ["a", "b"], { Effect: "Deny" }) },
  },
);

ruleTable(
  "for-any-value-single",
  {
    "a key with one value": {
      of: when("ForAnyValue:StringEquals", "aws:username", ["a"]),
      at: ["Condition/ForAnyValue:StringEquals/aws:username"],
    },
  },
  {
    "a key with several": { of: when("ForAnyValue:StringEquals", "aws:TagKeys", ["a"]) },
    "no set operator": { of: when("StringEquals", "aws:username", ["a"]) },
  },
);

ruleTable(
  "multivalued-without-set",
  {
    "a key of several values": {
      of: when("StringEquals", "aws:TagKeys", "a"),
      at: ["Condition/StringEquals/aws:TagKeys"],
      says: "ForAnyValue:StringEquals",
    },
  },
  {
    "with a set operator": { of: when("ForAnyValue:StringEquals", "aws:TagKeys", "a") },
    "a key of one value": { of: when("StringEquals", "aws:username", "a") },
    Null: { of: when("Null", "aws:TagKeys", "true") },
  },
);

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
