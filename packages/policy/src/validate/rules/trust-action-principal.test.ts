import { ruleTable, trusting } from "../../test/rule-table.ts";

ruleTable(
  "trust-action-principal",
  {
    "a token's provider with sts:AssumeRole": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "accounts.google.com" } }),
      at: ["Principal"],
      says: "sts:AssumeRoleWithWebIdentity",
    },
    "a SAML provider with the web's way": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "arn:aws:iam::111122223333:saml-provider/idp" },
        Action: "sts:AssumeRoleWithWebIdentity",
      }),
      at: ["Principal"],
      says: "sts:AssumeRoleWithSAML",
    },
    "a role with the web's way": {
      kind: "trust",
      of: trusting({ Principal: { AWS: "arn:aws:iam::111122223333:role/a" }, Action: "sts:AssumeRoleWithWebIdentity" }),
      at: ["Principal"],
      says: "role/a",
    },
    "a service with SAML": {
      kind: "trust",
      of: trusting({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRoleWithSAML" }),
      at: ["Principal"],
      says: "ec2.amazonaws.com",
    },
  },
  {
    "each by its own way": {
      kind: "trust",
      of: [
        trusting(),
        trusting({ Principal: { Federated: "accounts.google.com" }, Action: "sts:AssumeRoleWithWebIdentity" }),
        trusting({
          Principal: { Federated: "arn:aws:iam::111122223333:saml-provider/idp" },
          Action: "sts:AssumeRoleWithSAML",
        }),
        trusting({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole*" }),
      ],
    },
    "a statement that only tags": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "accounts.google.com" }, Action: "sts:TagSession" }),
    },
    everyone: { kind: "trust", of: trusting({ Principal: "*", Action: "sts:AssumeRoleWithSAML" }) },
  },
);
