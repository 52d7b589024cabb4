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
