import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "missing-version",
  {
    "no Version": { of: { Statement: [statement()] }, at: [""], says: "2012-10-17" },
  },
  {
    "the present version": { of: statement() },
    "the old one, written": { of: { Version: "2008-10-17", Statement: [statement()] } },
  },
);
