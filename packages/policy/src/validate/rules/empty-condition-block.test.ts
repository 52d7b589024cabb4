import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "empty-condition-block",
  {
    "nothing in it": { of: statement({ Condition: {} }), at: ["Condition"] },
  },
  {
    something: { of: when("Bool", "aws:SecureTransport", "true") },
    none: { of: statement() },
  },
);
