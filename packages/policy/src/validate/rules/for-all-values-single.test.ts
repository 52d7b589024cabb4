import { ruleTable, when } from "../../test/rule-table.ts";

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
