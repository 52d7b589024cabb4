import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "allow-not-action",
  {
    Allow: { of: { Effect: "Allow", NotAction: "iam:*", Resource: "*" }, at: ["NotAction"] },
  },
  {
    Deny: { of: { Effect: "Deny", NotAction: "iam:*", Resource: "*" } },
    "a boundary": { kind: "boundary", of: { Effect: "Allow", NotAction: "iam:*", Resource: "*" } },
    Action: { of: statement() },
  },
);
