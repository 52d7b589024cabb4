import { type Written, ruleTable, statement, trusting, when } from "../../test/rule-table.ts";

/** A statement of about this many characters. */
function long(size: number): Written {
  return statement({ Resource: `arn:aws:s3:::docs/${"a".repeat(size - 120)}/*` });
}

ruleTable(
  "policy-too-large",
  {
    "a user's inline policy over 2,048 characters": { kind: "user-inline", of: long(2_100), at: [""], says: "2048" },
    "a group's over 5,120": { kind: "group-inline", of: long(5_200), at: [""] },
    "a role's over 10,240": { kind: "role-inline", of: long(10_300), at: [""] },
    "a managed policy over 6,144": { of: long(6_200), at: [""], says: "a managed policy" },
    "a session policy over 2,048": { kind: "session", of: long(2_100), at: [""] },
    "a boundary over 6,144": { kind: "boundary", of: long(6_200), at: [""] },
    "a trust policy over 2,048": {
      kind: "trust",
      of: trusting({ Condition: { StringEquals: { "sts:ExternalId": "x".repeat(2_000) } } }),
      at: [""],
    },
    "a service control policy over 5,120": {
      kind: "guardrail",
      of: long(5_200),
      at: [""],
      says: "a service control policy may have 5120",
    },
    "a bucket policy over 20 KB, in bytes": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Sid: "é".repeat(10_200) }),
      at: [""],
      says: "bytes",
    },
    "a document far over every limit, about which nothing else is said": { of: { Statement: long(50_000) }, at: [""] },
  },
  {
    "2,000 characters of a user": { kind: "user-inline", of: long(1_900) },
    "6,000 characters of a managed policy": { of: long(5_900) },
    "10,000 characters of a role": { kind: "role-inline", of: long(9_900) },
    "a bucket policy under 20 KB": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Sid: "e".repeat(20_000) }),
    },
  },
);

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

ruleTable(
  "variable-without-version",
  {
    "in a resource": {
      of: { Version: "2008-10-17", Statement: [statement({ Resource: "arn:aws:s3:::docs/${aws:username}/*" })] },
      at: ["Resource"],
    },
    "without Version": {
      of: { Statement: [statement({ Resource: "arn:aws:s3:::docs/${aws:username}/*" })] },
      at: ["Resource"],
      says: "2012-10-17",
    },
    "in a condition": {
      of: {
        Statement: [
          when("StringLike", "s3:prefix", ["a", "${aws:username}/*"], {
            Action: "s3:ListBucket",
            Resource: "arn:aws:s3:::docs",
          }),
        ],
      },
      at: ["Condition/StringLike/s3:prefix/1"],
    },
  },
  {
    "in version 2012-10-17": { of: statement({ Resource: "arn:aws:s3:::docs/${aws:username}/*" }) },
    "no variable": { of: { Statement: [statement({ Resource: "arn:aws:s3:::docs/$*" })] } },
  },
);

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
