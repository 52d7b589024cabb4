import { ruleTable, when } from "../../test/rule-table.ts";

ruleTable(
  "wildcard-without-like",
  {
    "a star": {
      of: when("StringEquals", "aws:username", ["a", "team-*"]),
      at: ["Condition/StringEquals/aws:username/1"],
      says: "StringLike",
    },
    "a question mark, negated": {
      of: when("StringNotEquals", "aws:username", "a?", { Effect: "Deny" }),
      at: ["Condition/StringNotEquals/aws:username"],
      says: "StringNotLike",
    },
    "without case": {
      of: when("StringEqualsIgnoreCase", "aws:username", "a*"),
      at: ["Condition/StringEqualsIgnoreCase/aws:username"],
    },
  },
  {
    "with StringLike": { of: when("StringLike", "aws:username", "a*") },
    "the character itself": { of: when("StringEquals", "aws:username", "a${*}") },
    "no wildcard": { of: when("StringEquals", "aws:username", "a") },
    "an ARN, whose operators have wildcards": { of: when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*") },
  },
);
