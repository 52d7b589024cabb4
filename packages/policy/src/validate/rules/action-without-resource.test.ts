import { ruleTable, statement, trusting } from "../../test/rule-table.ts";

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
