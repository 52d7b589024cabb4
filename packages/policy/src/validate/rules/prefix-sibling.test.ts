import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "prefix-sibling",
  {
    "objects by a prefix without slash": {
      of: statement({ Resource: "arn:aws:s3:::docs/tenant1*" }),
      at: ["Resource"],
      says: "tenant10",
    },
    "deeper, in a list": {
      of: statement({ Resource: ["arn:aws:s3:::docs/a/*", "arn:aws:s3:::docs/a/b*"] }),
      at: ["Resource/1"],
      says: "`a/b/`",
    },
    "a variable": { of: statement({ Resource: "arn:aws:s3:::docs/${aws:username}*" }), at: ["Resource"] },
    "a listing's prefix": {
      of: when("StringLike", "s3:prefix", ["tenant1*", "tenant1/*"], {
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::docs",
      }),
      at: ["Condition/StringLike/s3:prefix/0"],
      says: "tenant1/",
    },
    "an exact prefix, which lists longer keys too": {
      of: when("StringEquals", "s3:prefix", "tenant1", { Action: "s3:ListBucket", Resource: "arn:aws:s3:::docs" }),
      at: ["Condition/StringEquals/s3:prefix"],
    },
  },
  {
    "with a slash": { of: statement({ Resource: ["arn:aws:s3:::docs/tenant1/*", "arn:aws:s3:::docs/*"] }) },
    "one object": { of: statement({ Resource: "arn:aws:s3:::docs/tenant1" }) },
    "an ending": { of: statement({ Resource: "arn:aws:s3:::docs/*.jpg" }) },
    "a pattern of buckets": { of: statement({ Resource: "arn:aws:s3:::docs*" }) },
    "prefixes with a slash, and the empty one": {
      of: when("StringEquals", "s3:prefix", ["", "tenant1/"], {
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::docs",
      }),
    },
    denied: { of: statement({ Effect: "Deny", Resource: "arn:aws:s3:::docs/tenant1*" }) },
  },
);
