import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "duplicate-condition-key",
  {
    "the same key with other capitals": {
      of: statement({ Condition: { StringEquals: { "aws:username": "a", "aws:UserName": "b" } } }),
      at: ["Condition/StringEquals/aws:UserName"],
    },
  },
  {
    "under another operator": {
      of: statement({ Condition: { StringEquals: { "aws:username": "a" }, StringLike: { "aws:UserName": "b*" } } }),
    },
    "in another statement": {
      of: [when("StringEquals", "aws:username", "a"), when("StringEquals", "aws:UserName", "b")],
    },
  },
);
