import { ruleTable, statement, trusting, type Written } from "../../test/rule-table.ts";

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
    "a bucket policy over 20 KB, in octets": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Sid: "é".repeat(10_200) }),
      at: [""],
      says: "octets",
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
