import { ruleTable, statement, trusting } from "../../test/rule-table.ts";

ruleTable(
  "trust-action-not-assume",
  {
    "an action not asked on roles": {
      kind: "trust",
      of: trusting({ Action: ["sts:AssumeRole", "sts:GetCallerIdentity"] }),
      at: ["Action/1"],
    },
  },
  {
    "every way to assume a role": {
      kind: "trust",
      of: trusting({
        Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext", "sts:*"],
      }),
    },
    "in a user's policy": { of: statement({ Action: "sts:GetCallerIdentity", Resource: "*" }) },
  },
);
