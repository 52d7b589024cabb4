import { ruleTable, when } from "../../test/rule-table.ts";

ruleTable(
  "epoch-date",
  {
    "seconds since 1970": {
      of: when("DateLessThan", "aws:CurrentTime", ["2026-01-01", "1767225600"]),
      at: ["Condition/DateLessThan/aws:CurrentTime/1"],
    },
  },
  {
    "a date": { of: when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z") },
    "the key of seconds": { of: when("DateLessThan", "aws:EpochTime", "1767225600") },
    "a number": { of: when("NumericLessThan", "s3:TlsVersion", "2") },
  },
);
