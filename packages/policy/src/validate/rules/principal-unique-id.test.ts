import { ruleTable, statement, trusting } from "../../test/rule-table.ts";

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
