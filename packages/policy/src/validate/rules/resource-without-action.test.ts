import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "resource-without-action",
  {
    "a bucket with actions on objects only": {
      of: statement({ Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/0"],
    },
    "objects with actions on the bucket only": {
      of: statement({ Action: "s3:ListBucket", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/1"],
    },
    "a role with actions of S3": {
      of: statement({ Resource: ["arn:aws:s3:::docs/*", "arn:aws:iam::111122223333:role/a"] }),
      at: ["Resource/1"],
    },
  },
  {
    "each used": {
      of: statement({
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"],
      }),
    },
    "every action": { of: statement({ Action: "s3:*", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }) },
    "actions of another service": {
      of: statement({
        Action: ["s3:GetObject", "kms:Decrypt"],
        Resource: ["arn:aws:s3:::docs/*", "arn:aws:s3:::docs"],
      }),
    },
    everything: { of: statement({ Resource: "*" }) },
    NotResource: { of: { Effect: "Deny", Action: "s3:GetObject", NotResource: "arn:aws:s3:::docs" } },
  },
);
