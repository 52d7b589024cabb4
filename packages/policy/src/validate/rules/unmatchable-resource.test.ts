import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "unmatchable-resource",
  {
    "a bucket with region and account": {
      of: statement({ Resource: "arn:aws:s3:eu-west-1:111122223333:docs" }),
      at: ["Resource"],
      says: "no region",
    },
    "a role with a region": {
      of: { Effect: "Allow", Action: "iam:GetRole", Resource: ["arn:aws:iam:eu-west-1:111122223333:role/a"] },
      at: ["Resource/0"],
      says: "no region",
    },
  },
  {
    "buckets, objects and patterns": {
      of: statement({ Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/a/b", "arn:*:s3:::*", "arn:aws:s3:::d?cs*"] }),
    },
    "an access point": { of: statement({ Resource: "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*" }) },
    "a variable": { of: statement({ Resource: "arn:aws:s3:::${aws:username}/*" }) },
    "another service": { of: statement({ Resource: "arn:aws:ec2:eu-west-1:111122223333:instance/i" }) },
    "a role with a path": {
      of: { Effect: "Allow", Action: "iam:GetRole", Resource: "arn:aws:iam::111122223333:role/a/b" },
    },
  },
);
