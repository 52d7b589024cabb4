import { ruleTable, when } from "../../test/rule-table.ts";

ruleTable(
  "matches-any-value",
  {
    "a star": {
      of: when("StringLike", "aws:username", "*"),
      at: ["Condition/StringLike/aws:username"],
      says: '"false"',
    },
    "beside others": {
      of: when("StringLike", "aws:username", ["a", "*"]),
      at: ["Condition/StringLike/aws:username/1"],
    },
    negated: {
      of: when("StringNotLike", "aws:username", "*", { Effect: "Deny" }),
      at: ["Condition/StringNotLike/aws:username"],
      says: '"true"',
    },
  },
  {
    "a prefix": { of: when("StringLike", "aws:username", "a*") },
    "compared as it stands": { of: when("StringEquals", "aws:username", "*") },
  },
);
