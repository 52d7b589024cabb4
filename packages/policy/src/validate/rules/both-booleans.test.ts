import { ruleTable, when } from "../../test/rule-table.ts";

ruleTable(
  "both-booleans",
  {
    "a Bool with both": {
      of: when("Bool", "aws:SecureTransport", ["true", "false"]),
      at: ["Condition/Bool/aws:SecureTransport"],
    },
    "JSON booleans": {
      of: when("Bool", "aws:SecureTransport", [true, false]),
      at: ["Condition/Bool/aws:SecureTransport"],
    },
    "a Null with both": { of: when("Null", "aws:username", ["true", "false"]), at: ["Condition/Null/aws:username"] },
  },
  {
    one: { of: when("Bool", "aws:SecureTransport", "true") },
    "text that reads so": { of: when("StringEquals", "aws:username", ["true", "false"]) },
  },
);
