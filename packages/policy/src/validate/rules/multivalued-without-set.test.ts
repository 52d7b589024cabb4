import { ruleTable, when } from "../../test/rule-table.ts";

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
