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
