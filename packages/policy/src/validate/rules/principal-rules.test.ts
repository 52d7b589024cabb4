import { ruleTable, statement, trusting } from "../../test/rule-table.ts";

ruleTable(
  "public-principal",
  {
    everyone: { kind: "resource", of: statement({ Principal: "*" }), at: ["Principal"], says: "does not sign" },
    "every principal of AWS": {
      kind: "resource",
      of: statement({ Principal: { AWS: ["111122223333", "*"] } }),
      at: ["Principal"],
    },
    "a role for everyone": { kind: "trust", of: trusting({ Principal: "*" }), at: ["Principal"], says: "assume" },
  },
  {
    "with a condition": {
      kind: "resource",
      of: statement({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": "111122223333" } } }),
    },
    denied: { kind: "resource", of: statement({ Effect: "Deny", Principal: "*" }) },
    "an account": { kind: "resource", of: statement({ Principal: { AWS: "111122223333" } }) },
  },
);

ruleTable(
  "allow-not-principal",
  {
    Allow: {
      kind: "resource",
      of: {
        Effect: "Allow",
        NotPrincipal: { AWS: "111122223333" },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::docs/*",
      },
      at: ["NotPrincipal"],
    },
  },
  {
    Deny: {
      kind: "resource",
      of: {
        Effect: "Deny",
        NotPrincipal: { AWS: "111122223333" },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::docs/*",
      },
    },
    Principal: { kind: "resource", of: statement({ Principal: { AWS: "111122223333" } }) },
  },
);

ruleTable(
  "principal-unique-id",
  {
    "a user's": {
      kind: "resource",
      of: statement({ Principal: { AWS: "AIDAEXAMPLEEXAMPLE12" } }),
      at: ["Principal"],
      says: "user",
    },
    "a role's": {
      kind: "trust",
      of: trusting({ Principal: { AWS: ["AROAEXAMPLEEXAMPLE12"] } }),
      at: ["Principal"],
      says: "role",
    },
  },
  {
    "an ARN": { kind: "resource", of: statement({ Principal: { AWS: "arn:aws:iam::111122223333:user/a" } }) },
  },
);
