import { ruleTable, when } from "../../test/rule-table.ts";

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
