import { ruleTable, trusting, when } from "../../test/rule-table.ts";

ruleTable(
  "unsupported-condition-key",
  {
    "a listing's key on reading": {
      of: when("StringLike", "s3:prefix", "a/*"),
      at: ["Condition/StringLike/s3:prefix"],
      says: "never",
    },
    "some of the actions": {
      of: when("StringEquals", "s3:x-amz-acl", "private", { Action: ["s3:PutObject", "s3:GetObject"] }),
      at: ["Condition/StringEquals/s3:x-amz-acl"],
      says: "`s3:GetObject`",
    },
    "a negated one, which then always holds": {
      of: when("StringNotEquals", "s3:x-amz-acl", "private", { Effect: "Deny", Action: "s3:GetObject" }),
      at: ["Condition/StringNotEquals/s3:x-amz-acl"],
      says: "always",
    },
    "one that asks whether it is there": {
      of: when("Null", "s3:prefix", "true"),
      at: ["Condition/Null/s3:prefix"],
      says: "always",
    },
    "another service's key": {
      of: when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"),
      at: ["Condition/StringEquals/iam:PassedToService"],
    },
    "NotAction that leaves no action with it": {
      of: { Effect: "Deny", NotAction: ["s3:List*"], Resource: "*", Condition: { StringLike: { "s3:prefix": "a/*" } } },
      at: ["Condition/StringLike/s3:prefix"],
    },
  },
  {
    "on the actions that have it": {
      of: when("StringLike", "s3:prefix", "a/*", {
        Action: ["s3:ListBucket", "s3:ListBucketVersions"],
        Resource: "arn:aws:s3:::docs",
      }),
    },
    "on a pattern some of whose actions have it": {
      of: when("StringLike", "s3:prefix", "a/*", { Action: "s3:List*", Resource: "arn:aws:s3:::docs" }),
    },
    "a key every action has": { of: when("NumericGreaterThanEquals", "s3:TlsVersion", "1.2") },
    "a tag's key": { of: when("StringEquals", "s3:ExistingObjectTag/team", "a") },
    "a global key": { of: when("StringEquals", "aws:username", "a") },
    "a token's key": { kind: "trust", of: trusting({ Condition: { StringEquals: { "sts:ExternalId": "a" } } }) },
  },
);
