import { ruleTable, statement } from "../../test/rule-table.ts";

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
