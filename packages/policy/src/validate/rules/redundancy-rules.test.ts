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

ruleTable(
  "redundant-action",
  {
    "within a pattern": { of: statement({ Action: ["s3:Get*", "s3:GetObject"] }), at: ["Action/1"], says: "`s3:Get*`" },
    "within a later one": { of: statement({ Action: ["s3:GetObjectAcl", "s3:GetObject*"] }), at: ["Action/0"] },
    twice: { of: statement({ Action: ["s3:GetObject", "S3:getobject"] }), at: ["Action/1"] },
    "a pattern within a pattern": { of: statement({ Action: ["s3:*", "s3:Get*Tagging"] }), at: ["Action/1"] },
    "within everything": { of: statement({ Action: ["*", "s3:GetObject"] }), at: ["Action/1"] },
  },
  {
    overlapping: { of: { Effect: "Allow", Action: ["iam:Get*", "iam:*CredentialReport"], Resource: "*" } },
    different: { of: statement({ Action: ["s3:GetObject", "s3:PutObject"] }) },
    "one character for one": { of: statement({ Action: ["s3:?etObject", "s3:?etObjectAcl"] }) },
    "in another statement": {
      of: [statement({ Action: "s3:Get*" }), statement({ Action: "s3:GetObject", Resource: "arn:aws:s3:::other/*" })],
    },
  },
);

ruleTable(
  "redundant-resource",
  {
    "within a pattern": {
      of: statement({ Resource: ["arn:aws:s3:::docs/a/*", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/0"],
      says: "`arn:aws:s3:::docs/*`",
    },
    "within everything": { of: statement({ Resource: ["*", "arn:aws:s3:::docs/*"] }), at: ["Resource/1"] },
    twice: { of: statement({ Resource: ["arn:aws:s3:::docs/*", "arn:aws:s3:::docs/*"] }), at: ["Resource/1"] },
    "a variable within a star": {
      of: statement({ Resource: ["arn:aws:s3:::docs/${aws:username}/*", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/0"],
    },
  },
  {
    "a bucket and its objects": {
      of: statement({ Action: "s3:*", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
    },
    "in another case": { of: statement({ Resource: ["arn:aws:s3:::docs/A", "arn:aws:s3:::docs/a"] }) },
    "a star that stays inside its part": {
      of: {
        Effect: "Allow",
        Action: "iam:GetRole",
        Resource: ["arn:aws:iam::1111*:role/a", "arn:aws:iam::111122223333:role/b"],
      },
    },
    "text that may be the variable's": {
      of: statement({ Resource: ["arn:aws:s3:::docs/${aws:username}", "arn:aws:s3:::docs/a"] }),
    },
  },
);

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
    "an account beside everyone": {
      kind: "resource",
      of: [statement({ Principal: "*" }), statement({ Principal: { AWS: "111122223333" } })],
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
    "a user who is named beside everyone, and so has it beyond its permissions boundary": {
      kind: "resource",
      of: [
        statement({ Principal: "*" }),
        statement({ Principal: { AWS: "arn:aws:iam::111122223333:user/ann" }, Resource: "arn:aws:s3:::docs/*" }),
      ],
    },
    "one statement": { of: statement() },
  },
);
