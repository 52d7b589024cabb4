import { ruleTable, when } from "../../test/rule-table.ts";

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
