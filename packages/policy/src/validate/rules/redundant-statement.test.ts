import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "redundant-statement",
  {
    "within another": {
      of: [statement({ Action: "s3:Get*" }), statement()],
      at: ["/Statement/1"],
      says: "statement 1",
    },
    "within a later, named one": {
      of: [statement(), statement({ Sid: "All", Action: "s3:*", Resource: "*" })],
      at: ["/Statement/0"],
      says: "`All`",
    },
    twice: { of: [statement(), statement()], at: ["/Statement/1"] },
    "with a condition the other does not ask": {
      of: [when("Bool", "aws:SecureTransport", "true"), statement()],
      at: ["/Statement/0"],
    },
    "a denial": {
      of: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }, statement({ Effect: "Deny" })],
      at: ["/Statement/1"],
    },
    "for fewer principals": {
      kind: "resource",
      of: [
        statement({ Principal: { AWS: ["111122223333", "444455556666"] } }),
        statement({ Principal: { AWS: "444455556666" } }),
      ],
      at: ["/Statement/1"],
    },
    "NotAction of less": {
      of: [
        { Effect: "Deny", NotAction: "s3:Get*", Resource: "*" },
        { Effect: "Deny", NotAction: "s3:*", Resource: "*" },
      ],
      at: ["/Statement/1"],
    },
  },
  {
    "other resources": { of: [statement(), statement({ Resource: "arn:aws:s3:::other/*" })] },
    "the other effect": { of: [statement({ Effect: "Deny", Action: "s3:*" }), statement()] },
    "the other has a condition": { of: [when("Bool", "aws:SecureTransport", "true", { Action: "s3:*" }), statement()] },
    "other principals": {
      kind: "resource",
      of: [statement({ Principal: { AWS: "111122223333" } }), statement({ Principal: { AWS: "444455556666" } })],
    },
    "one statement": { of: statement() },
  },
);
