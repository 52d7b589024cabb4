import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "service-wide-access",
  {
    "s3:* on everything": { of: { Effect: "Allow", Action: "s3:*", Resource: "*" }, at: ["Action"], says: "`s3`" },
    "on every bucket": {
      of: { Effect: "Allow", Action: ["iam:ListUsers", "S3:*"], Resource: "arn:aws:s3:::*" },
      at: ["Action/1"],
    },
    "of IAM": { of: { Effect: "Allow", Action: "iam:*", Resource: "arn:aws:iam::*:*" }, at: ["Action"] },
  },
  {
    "on one bucket": { of: statement({ Action: "s3:*" }) },
    "everything, which has a rule of its own": { of: { Effect: "Allow", Action: "*", Resource: "*" } },
    "some of it": { of: { Effect: "Allow", Action: "s3:Get*", Resource: "*" } },
    denied: { of: { Effect: "Deny", Action: "s3:*", Resource: "*" } },
    "a guardrail": { kind: "guardrail", of: { Effect: "Allow", Action: "s3:*", Resource: "*" } },
  },
);
