import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "allow-not-resource",
  {
    Allow: {
      of: { Effect: "Allow", Action: "s3:GetObject", NotResource: "arn:aws:s3:::secret/*" },
      at: ["NotResource"],
    },
  },
  {
    Deny: { of: { Effect: "Deny", Action: "s3:GetObject", NotResource: "arn:aws:s3:::docs/*" } },
    Resource: { of: statement() },
  },
);
