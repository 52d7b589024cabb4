import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "foreign-bucket",
  {
    "another bucket": {
      kind: "resource",
      bucket: "docs",
      of: statement({ Principal: { AWS: "111122223333" }, Resource: "arn:aws:s3:::other/*" }),
      at: ["Resource"],
      says: "docs",
    },
    "a name that only begins so": {
      kind: "resource",
      bucket: "docs",
      of: statement({
        Principal: { AWS: "111122223333" },
        Resource: ["arn:aws:s3:::docs/*", "arn:aws:s3:::docs-old/*"],
      }),
      at: ["Resource/1"],
    },
  },
  {
    "the bucket and its objects": {
      kind: "resource",
      bucket: "docs",
      of: statement({
        Principal: { AWS: "111122223333" },
        Action: "s3:*",
        Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/a*"],
      }),
    },
    "a pattern that takes the bucket": {
      kind: "resource",
      bucket: "docs",
      of: statement({ Principal: { AWS: "111122223333" }, Resource: ["arn:aws:s3:::d*", "*"] }),
    },
    "when the bucket is not known": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Resource: "arn:aws:s3:::other/*" }),
    },
    "in a user's policy": { bucket: "docs", of: statement({ Resource: "arn:aws:s3:::other/*" }) },
  },
);
