import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "unreachable-allow",
  {
    "all of it denied": {
      of: [statement(), { Effect: "Deny", Action: "s3:*", Resource: "*" }],
      at: ["/Statement/0"],
      says: "statement 2",
    },
    "by a named statement": {
      of: [{ Sid: "No", Effect: "Deny", Action: "s3:Get*", Resource: "arn:aws:s3:::docs*" }, statement()],
      at: ["/Statement/1"],
      says: "`No`",
    },
    "by NotAction and NotResource": {
      of: [statement(), { Effect: "Deny", NotAction: "iam:*", NotResource: "arn:aws:s3:::other/*" }],
      at: ["/Statement/0"],
    },
    "by a denial with the same condition": {
      of: [
        when("Bool", "aws:SecureTransport", "false"),
        when("Bool", "aws:SecureTransport", "false", { Effect: "Deny" }),
      ],
      at: ["/Statement/0"],
    },
    "for everyone": {
      kind: "resource",
      of: [statement({ Principal: { AWS: "111122223333" } }), statement({ Effect: "Deny", Principal: "*" })],
      at: ["/Statement/0"],
    },
  },
  {
    "some of it denied": { of: [statement(), statement({ Effect: "Deny", Resource: "arn:aws:s3:::docs/secret/*" })] },
    "denied on a condition": { of: [statement(), when("Bool", "aws:SecureTransport", "false", { Effect: "Deny" })] },
    "denied to another": {
      kind: "resource",
      of: [
        statement({ Principal: { AWS: "111122223333" } }),
        statement({ Effect: "Deny", Principal: { AWS: "444455556666" } }),
      ],
    },
    "NotAction that leaves it out": { of: [statement(), { Effect: "Deny", NotAction: "s3:GetObject", Resource: "*" }] },
    "NotAction that may leave it out": {
      of: [statement({ Action: "s3:Get*" }), { Effect: "Deny", NotAction: "s3:*Object", Resource: "*" }],
    },
    "everything allowed, one bucket denied": { of: [statement({ Resource: "*" }), statement({ Effect: "Deny" })] },
  },
);
