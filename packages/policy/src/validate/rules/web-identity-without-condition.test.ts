import { ruleTable, trusting } from "../../test/rule-table.ts";

ruleTable(
  "web-identity-without-condition",
  {
    "any token": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "accounts.google.com" }, Action: "sts:AssumeRoleWithWebIdentity" }),
      at: ["Principal"],
      says: "accounts.google.com",
    },
    "a condition on something else": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
      }),
      at: ["Principal"],
    },
  },
  {
    "asking the subject": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "accounts.google.com:sub": "7" } },
      }),
    },
    SAML: {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "arn:aws:iam::111122223333:saml-provider/idp" },
        Action: "sts:AssumeRoleWithSAML",
      }),
    },
    "a role": { kind: "trust", of: trusting() },
  },
);
