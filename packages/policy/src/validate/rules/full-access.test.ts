import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "full-access",
  {
    "everything on everything": { of: { Effect: "Allow", Action: "*", Resource: "*" }, at: ["Action"] },
    "in lists": { of: { Effect: "Allow", Action: ["s3:GetObject", "*:*"], Resource: ["*"] }, at: ["Action"] },
  },
  {
    denied: { of: { Effect: "Deny", Action: "*", Resource: "*" } },
    "on one bucket": { of: statement({ Action: "*" }) },
    "with a condition": {
      of: {
        Effect: "Allow",
        Action: "*",
        Resource: "*",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      },
    },
    "a boundary, which grants nothing": { kind: "boundary", of: { Effect: "Allow", Action: "*", Resource: "*" } },
    "a guardrail": { kind: "guardrail", of: { Effect: "Allow", Action: "*", Resource: "*" } },
  },
);
