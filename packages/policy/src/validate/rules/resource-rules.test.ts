import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "unmatchable-resource",
  {
    "a bucket with region and account": {
      of: statement({ Resource: "arn:aws:s3:eu-west-1:111122223333:docs" }),
      at: ["Resource"],
      says: "no region",
    },
    "a colon where the slash should be": {
      of: statement({ Resource: "arn:aws:s3:::docs:*" }),
      at: ["Resource"],
      says: "arn:aws:s3:::bucket/*",
    },
    "a role with a region": {
      of: { Effect: "Allow", Action: "iam:GetRole", Resource: ["arn:aws:iam:eu-west-1:111122223333:role/a"] },
      at: ["Resource/0"],
      says: "no region",
    },
  },
  {
    "a colon in a key": { of: statement({ Resource: "arn:aws:s3:::docs/2026:*" }) },
    "buckets, objects and patterns": {
      of: statement({ Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/a/b", "arn:*:s3:::*", "arn:aws:s3:::d?cs*"] }),
    },
    "an access point": { of: statement({ Resource: "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*" }) },
    "objects of a multi-Region access point": {
      of: statement({ Resource: "arn:aws:s3::111122223333:accesspoint/a.mrap/object/*" }),
    },
    "a variable": { of: statement({ Resource: "arn:aws:s3:::${aws:username}/*" }) },
    "another service": { of: statement({ Resource: "arn:aws:ec2:eu-west-1:111122223333:instance/i" }) },
    "a role with a path": {
      of: { Effect: "Allow", Action: "iam:GetRole", Resource: "arn:aws:iam::111122223333:role/a/b" },
    },
  },
);

const iam = "arn:aws:iam::123456789012";
const of = (...Resource: readonly string[]) => ({ Effect: "Allow", Action: "iam:*", Resource });

ruleTable(
  "iam-resource-path",
  {
    "a wildcard for the kind": { of: of(`${iam}:*/*`), at: ["Resource/0"], says: "not accepted by IAM" },
    "another kind": { of: of(`${iam}:user/a`, `${iam}:foo`), at: ["Resource/1"] },
    "part of a kind": {
      of: of(`${iam}:us*`, `${iam}:user*`, `${iam}:role`),
      at: ["Resource/0", "Resource/1", "Resource/2"],
    },
    "whatever the action is": { of: statement({ Resource: `${iam}:example_bucket` }), at: ["Resource"] },
    "in NotResource": { of: { Effect: "Deny", Action: "iam:*", NotResource: `${iam}:?ole/a` }, at: ["NotResource"] },
  },
  {
    "everything, and root": { of: of("*", `${iam}:*`, `${iam}:root`, "arn:aws:iam::*:*") },
    "kinds, with variables and wildcards": {
      of: of(`${iam}:user/\${aws:username}`, `${iam}:role/*`, `${iam}:mfa/*/a`, "arn:aws:iam::*:group/?"),
    },
    "other services": { of: statement({ Resource: "arn:aws:s3:::foo" }) },
  },
);

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
    "a wildcard inside the bucket's name, which S3 refuses": {
      kind: "resource",
      bucket: "docs",
      of: statement({ Principal: { AWS: "111122223333" }, Resource: "arn:aws:s3:::d*" }),
      at: ["Resource"],
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
      of: statement({ Principal: { AWS: "111122223333" }, Resource: ["arn:aws:s3:::docs*", "*"] }),
    },
    "when the bucket is not known": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Resource: "arn:aws:s3:::other/*" }),
    },
    "in a user's policy": { bucket: "docs", of: statement({ Resource: "arn:aws:s3:::other/*" }) },
  },
);

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
    "a variable": {
      of: statement({ Resource: "arn:aws:s3:::docs/${aws:PrincipalTag/team}*" }),
      at: ["Resource"],
      says: "`${aws:PrincipalTag/team}0`",
    },
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
    "with another sign between the parts of a name": { of: statement({ Resource: "arn:aws:s3:::docs/tenant1-*" }) },
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
