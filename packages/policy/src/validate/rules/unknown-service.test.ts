import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "unknown-service",
  {
    "a service the catalog does not hold": {
      of: statement({ Action: "ec2:RunInstances" }),
      at: ["Action"],
      says: "`ec2`",
    },
    "a misspelt one": { of: statement({ Action: "s4:GetObject" }), at: ["Action"], says: "s3:GetObject" },
    "a misspelt one among what is left alone": {
      of: { Effect: "Deny", NotAction: ["iam:*", "s4:GetObject"], Resource: "*" },
      at: ["NotAction/1"],
      says: "s3:GetObject",
    },
    "a pattern of services none of which is known": { of: statement({ Action: "ec?:RunInstances" }), at: ["Action"] },
  },
  {
    "its own services": { of: statement({ Action: ["s3:GetObject", "IAM:ListUsers", "sts:AssumeRole"] }) },
    "services that are left alone": { of: { Effect: "Deny", NotAction: ["cloudfront:*", "support:*"], Resource: "*" } },
    "a pattern of services": { of: statement({ Action: ["s*:Get*", "*:*"] }) },
  },
);
