import { ruleTable, statement, trusting } from "../../test/rule-table.ts";

ruleTable(
  "unknown-action",
  {
    "a misspelt action, with the nearest": {
      of: statement({ Action: "s3:GetObjects" }),
      at: ["Action"],
      says: "s3:GetObject",
    },
    "one in a list": {
      of: statement({ Action: ["s3:GetObject", "iam:PasRole"] }),
      at: ["Action/1"],
      says: "iam:PassRole",
    },
    "a pattern that takes nothing": { of: statement({ Action: "s3:Fetch*" }), at: ["Action"], says: "takes no action" },
    "a name of the API that is not an action": { of: statement({ Action: "s3:HeadObject" }), at: ["Action"] },
    "in NotAction": { of: { Effect: "Deny", NotAction: "sts:AsumeRole", Resource: "*" }, at: ["NotAction"] },
    "one nothing is near to": { of: statement({ Action: "s3:Zebra" }), at: ["Action"] },
  },
  {
    "an action, whatever its case": { of: statement({ Action: ["s3:getobject", "S3:PutObject"] }) },
    "a pattern": { of: statement({ Action: ["s3:Get*", "s3:*Tagging", "s3:?etObject"] }) },
    everything: { of: statement({ Action: "*" }) },
    "another service": { of: statement({ Action: "ec2:RunInstances" }) },
  },
);

ruleTable(
  "unknown-service",
  {
    "a service the catalog does not hold": {
      of: statement({ Action: "ec2:RunInstances" }),
      at: ["Action"],
      says: "`ec2`",
    },
    "a misspelt one": { of: statement({ Action: "s4:GetObject" }), at: ["Action"], says: "s3:GetObject" },
    "a misspelt one among what is left alone": {
      of: { Effect: "Deny", NotAction: ["iam:*", "s4:GetObject"], Resource: "*" },
      at: ["NotAction/1"],
      says: "s3:GetObject",
    },
    "a pattern of services none of which is known": { of: statement({ Action: "ec?:RunInstances" }), at: ["Action"] },
  },
  {
    "its own services": { of: statement({ Action: ["s3:GetObject", "IAM:ListUsers", "sts:AssumeRole"] }) },
    "services that are left alone": { of: { Effect: "Deny", NotAction: ["cloudfront:*", "support:*"], Resource: "*" } },
    "a pattern of services": { of: statement({ Action: ["s*:Get*", "*:*"] }) },
  },
);

ruleTable(
  "resource-control-action",
  {
    "every service, by itself and beside one": {
      kind: "resource-guardrail",
      of: { Effect: "Deny", Principal: "*", Action: ["s3:*", "*", "s*:Get*"], Resource: "*" },
      at: ["Action/1", "Action/2"],
    },
  },
  {
    "services that are named": {
      kind: "resource-guardrail",
      of: { Effect: "Deny", Principal: "*", Action: ["s3:*Object", "sts:*"], Resource: "*" },
    },
    "in a service control policy": { kind: "guardrail", of: { Effect: "Deny", Action: "*", Resource: "*" } },
  },
);

ruleTable(
  "bucket-policy-action",
  {
    "an action of IAM": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Action: ["s3:GetObject", "iam:GetUser"] }),
      at: ["Action/1"],
    },
    "an action of S3 without bucket": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Action: "s3:ListAllMyBuckets" }),
      at: ["Action"],
    },
  },
  {
    "actions on the bucket and its objects": {
      kind: "resource",
      of: statement({ Principal: { AWS: "111122223333" }, Action: ["s3:Get*", "s3:ListBucket", "*"] }),
    },
    "in a user's policy": { of: statement({ Action: "iam:GetUser" }) },
  },
);

ruleTable(
  "action-without-resource",
  {
    "an object's action on a bucket": {
      of: statement({ Resource: "arn:aws:s3:::docs" }),
      at: ["Action"],
      says: "object `arn:aws:s3:::${BucketName}/${ObjectName}`",
    },
    "a bucket's action on objects": {
      of: statement({ Action: ["s3:GetObject", "s3:ListBucket"] }),
      at: ["Action/1"],
      says: "bucket",
    },
    "an action without resource on a bucket": {
      of: statement({ Action: "s3:ListAllMyBuckets", Resource: "arn:aws:s3:::docs" }),
      at: ["Action"],
      says: "no resource",
    },
    "a role's action on a user": {
      of: { Effect: "Allow", Action: "iam:PassRole", Resource: "arn:aws:iam::111122223333:user/a" },
      at: ["Action"],
    },
    "a pattern none of whose actions fits": { of: statement({ Action: "s3:GetBucket*" }), at: ["Action"] },
    "an action without resource on all of IAM": {
      of: { Effect: "Allow", Action: "iam:GetAccountSummary", Resource: "arn:aws:iam::*:*" },
      at: ["Action"],
    },
    "a list below a path of another kind": {
      of: { Effect: "Allow", Action: "iam:ListUsers", Resource: "arn:aws:iam::*:role/team/*" },
      at: ["Action"],
    },
    "also denied": { of: statement({ Effect: "Deny", Resource: "arn:aws:s3:::docs" }), at: ["Action"] },
  },
  {
    "a list below a path, and on all of IAM": {
      of: [
        { Effect: "Allow", Action: "iam:ListUsers", Resource: "arn:aws:iam::*:user/team/*" },
        { Effect: "Allow", Action: ["iam:ListGroups", "iam:ListRoles"], Resource: "arn:aws:iam::111122223333:*" },
      ],
    },
    "each on its own": {
      of: statement({
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"],
      }),
    },
    "on everything": {
      of: statement({ Action: ["s3:ListAllMyBuckets", "s3:GetObject", "s3:ListBucket"], Resource: "*" }),
    },
    "a pattern of buckets that takes objects too": { of: statement({ Resource: "arn:aws:s3:::docs*" }) },
    "every bucket, as older policies write it": {
      of: statement({ Action: "s3:ListAllMyBuckets", Resource: "arn:aws:s3:::*" }),
    },
    "a variable that may hold anything": { of: statement({ Resource: "arn:aws:s3:::${aws:PrincipalTag/where}" }) },
    "a pattern one of whose actions fits": { of: statement({ Action: "s3:*" }) },
    NotAction: { of: { Effect: "Deny", NotAction: "s3:ListBucket", Resource: "arn:aws:s3:::docs/*" } },
    "an object through an access point": {
      of: statement({ Resource: "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*" }),
    },
    "another service's action": { of: statement({ Action: "ec2:RunInstances" }) },
    "a trust policy": { kind: "trust", of: trusting() },
  },
);

ruleTable(
  "resource-without-action",
  {
    "a bucket with actions on objects only": {
      of: statement({ Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/0"],
    },
    "objects with actions on the bucket only": {
      of: statement({ Action: "s3:ListBucket", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
      at: ["Resource/1"],
    },
    "a role with actions of S3": {
      of: statement({ Resource: ["arn:aws:s3:::docs/*", "arn:aws:iam::111122223333:role/a"] }),
      at: ["Resource/1"],
    },
  },
  {
    "each used": {
      of: statement({
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"],
      }),
    },
    "every action": { of: statement({ Action: "s3:*", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }) },
    "actions of another service": {
      of: statement({
        Action: ["s3:GetObject", "kms:Decrypt"],
        Resource: ["arn:aws:s3:::docs/*", "arn:aws:s3:::docs"],
      }),
    },
    everything: { of: statement({ Resource: "*" }) },
    NotResource: { of: { Effect: "Deny", Action: "s3:GetObject", NotResource: "arn:aws:s3:::docs" } },
  },
);

const account = { Principal: { AWS: "111122223333" } };

ruleTable(
  "bucket-policy-action-resource",
  {
    "an object's action on the bucket": {
      kind: "resource",
      of: statement({ ...account, Resource: "arn:aws:s3:::docs" }),
      at: ["Action"],
      says: "object",
    },
    "one of two actions": {
      kind: "resource",
      of: statement({ ...account, Action: ["s3:GetObject", "s3:ListBucket"] }),
      at: ["Action/1"],
      says: "bucket",
    },
    denied: {
      kind: "resource",
      of: statement({ ...account, Effect: "Deny", Resource: "arn:aws:s3:::docs" }),
      at: ["Action"],
    },
  },
  {
    "both resources": {
      kind: "resource",
      of: statement({ ...account, Action: "s3:*", Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"] }),
    },
    "a pattern over both": {
      kind: "resource",
      of: statement({ ...account, Action: ["s3:GetObject", "s3:ListBucket"], Resource: "arn:aws:s3:::docs*" }),
    },
    "a user's policy, where it is a warning": { of: statement({ Resource: "arn:aws:s3:::docs" }) },
  },
);
