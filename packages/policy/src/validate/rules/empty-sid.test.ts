import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "empty-sid",
  {
    empty: { of: statement({ Sid: "" }), at: ["Sid"] },
  },
  {
    named: { of: statement({ Sid: "Read" }) },
    none: { of: statement() },
  },
);
