import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "redundant-action",
  {
    "within a pattern": { of: statement({ Action: ["s3:Get*", "s3:GetObject"] }), at: ["Action/1"], says: "`s3:Get*`" },
    "within a later one": { of: statement({ Action: ["s3:GetObjectAcl", "s3:GetObject*"] }), at: ["Action/0"] },
    twice: { of: statement({ Action: ["s3:GetObject", "S3:getobject"] }), at: ["Action/1"] },
    "a pattern within a pattern": { of: statement({ Action: ["s3:*", "s3:Get*Tagging"] }), at: ["Action/1"] },
    "within everything": { of: statement({ Action: ["*", "s3:GetObject"] }), at: ["Action/1"] },
  },
  {
    overlapping: { of: { Effect: "Allow", Action: ["iam:Get*", "iam:*CredentialReport"], Resource: "*" } },
    different: { of: statement({ Action: ["s3:GetObject", "s3:PutObject"] }) },
    "one character for one": { of: statement({ Action: ["s3:?etObject", "s3:?etObjectAcl"] }) },
    "in another statement": {
      of: [statement({ Action: "s3:Get*" }), statement({ Action: "s3:GetObject", Resource: "arn:aws:s3:::other/*" })],
    },
  },
);
