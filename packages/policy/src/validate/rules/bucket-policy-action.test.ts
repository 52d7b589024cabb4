import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "bucket-policy-action",
  {
    "an action of IAM": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Action: ["s3:GetObject", "iam:GetUser"] }),
      at: ["Action/1"],
    },
    "an action of S3 without bucket": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Action: "s3:ListAllMyBuckets" }),
      at: ["Action"],
    },
  },
  {
    "actions on the bucket and its objects": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Action: ["s3:Get*", "s3:ListBucket", "*"] }),
    },
    "in a user's policy": { of: statement({ Action: "iam:GetUser" }) },
  },
);
