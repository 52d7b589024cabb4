import { ruleTable, statement, trusting, when } from "../../test/rule-table.ts";

ruleTable(
  "unknown-condition-key",
  {
    "a misspelt key, with the nearest": {
      of: when("IpAddress", "aws:SourceIPs", "192.0.2.1"),
      at: ["Condition/IpAddress/aws:SourceIPs"],
      says: "aws:SourceIp",
    },
    "a key S3 does not have": { of: when("StringEquals", "s3:folder", "a"), at: ["Condition/StringEquals/s3:folder"] },
    "a family without its tag": {
      of: when("StringEquals", "s3:ExistingObjectTag", "a"),
      at: ["Condition/StringEquals/s3:ExistingObjectTag"],
      says: "s3:ExistingObjectTag/name",
    },
    "a misspelt prefix": {
      of: when("StringEquals", "awss:username", "a"),
      at: ["Condition/StringEquals/awss:username"],
      says: "aws:username",
    },
    "a key with a slash, whose pointer is escaped": {
      of: when("StringEquals", "aws:ResorceTag/team", "a"),
      at: ["Condition/StringEquals/aws:ResorceTag~1team"],
      says: "aws:ResourceTag/team",
    },
  },
  {
    "another service's, near one of ours": {
      of: [
        statement({
          Action: ["ec2:RunInstances", "ram:TagResource"],
          Condition: { StringEquals: { "ec2:ResourceTag/a": "1", "ram:ResourceTag/a": "1" } },
        }),
        statement({ Action: "*", Condition: { StringEquals: { "eks:policyArn": "a", "kms:ResourceTag/a": "1" } } }),
      ],
    },
    "keys of every service, whatever their case": {
      of: when("StringEquals", "S3:X-Amz-Acl", "private", { Action: "s3:PutObject" }),
    },
    "a tag's key": { of: when("StringEquals", "aws:PrincipalTag/cost-centre", "7") },
    "another service's key": { of: when("StringEquals", "kms:ViaService", "s3") },
    "an identity provider's key": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "token.actions.githubusercontent.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "token.actions.githubusercontent.com:sub": "repo:o/r" } },
      }),
    },
    "a replaced key, which has a rule of its own": { of: when("StringEquals", "aws:ARN", "a") },
  },
);

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

ruleTable(
  "duplicate-condition-key",
  {
    "the same key with other capitals": {
      of: statement({ Condition: { StringEquals: { "aws:username": "a", "aws:UserName": "b" } } }),
      at: ["Condition/StringEquals/aws:UserName"],
    },
  },
  {
    "under another operator": {
      of: statement({ Condition: { StringEquals: { "aws:username": "a" }, StringLike: { "aws:UserName": "b*" } } }),
    },
    "in another statement": {
      of: [when("StringEquals", "aws:username", "a"), when("StringEquals", "aws:UserName", "b")],
    },
  },
);

ruleTable(
  "unpaired-condition-key",
  {
    "a private address without its network": {
      of: when("IpAddress", "aws:VpcSourceIp", "10.0.0.1"),
      at: ["Condition/IpAddress/aws:VpcSourceIp"],
      says: "aws:SourceVpc",
    },
  },
  {
    "with its network": {
      of: statement({
        Condition: { IpAddress: { "aws:VpcSourceIp": "10.0.0.1" }, StringEquals: { "aws:sourceVpc": "vpc-1" } },
      }),
    },
    "a public address": { of: when("IpAddress", "aws:SourceIp", "192.0.2.1") },
  },
);

ruleTable(
  "deprecated-name",
  {
    "a replaced key": {
      of: when("ArnEquals", "aws:ARN", "arn:aws:iam::111122223333:user/a"),
      at: ["Condition/ArnEquals/aws:ARN"],
      says: "aws:PrincipalArn",
    },
    "a replaced action": {
      of: { Effect: "Allow", Action: ["iam:UpdateRole", "iam:UpdateRoleDescription"], Resource: "*" },
      at: ["Action/1"],
      says: "iam:UpdateRole",
    },
    "an action of what is switched off": { of: statement({ Action: "s3:GetObjectTorrent" }), at: ["Action"] },
  },
  {
    "their successors": {
      of: when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/a", {
        Action: "iam:UpdateRole",
        Resource: "*",
      }),
    },
    "a pattern": { of: statement({ Action: "s3:GetObject*" }) },
  },
);

const account = { Principal: { AWS: "111122223333" } };

ruleTable(
  "bucket-policy-condition-key",
  {
    "a listing's key on reading": {
      kind: "resource",
      of: when("StringLike", "s3:prefix", "a/*", account),
      at: ["Condition/StringLike/s3:prefix"],
      says: "s3:GetObject",
    },
    "another service's key": {
      kind: "resource",
      of: when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com", account),
      at: ["Condition/StringEquals/iam:PassedToService"],
    },
    "one of the actions has it": {
      kind: "resource",
      of: when("StringLike", "s3:prefix", "a/*", {
        ...account,
        Action: ["s3:ListBucket", "s3:GetObject"],
        Resource: ["arn:aws:s3:::docs", "arn:aws:s3:::docs/*"],
      }),
      at: ["Condition/StringLike/s3:prefix"],
      says: "s3:GetObject",
    },
    "every action, and none of those on the resource has it": {
      kind: "resource",
      of: when("StringLike", "s3:prefix", "a/*", { ...account, Action: "s3:*" }),
      at: ["Condition/StringLike/s3:prefix"],
      says: "s3:*",
    },
  },
  {
    "the action has it": {
      kind: "resource",
      of: when("StringLike", "s3:prefix", "a/*", {
        ...account,
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::docs",
      }),
    },
    "every action": {
      kind: "resource",
      of: when("StringEquals", "s3:x-amz-acl", "private", { ...account, Action: "s3:*" }),
    },
    "a key of every request": { kind: "resource", of: when("Bool", "aws:SecureTransport", "true", account) },
    "a user's policy, where it is a warning": { of: when("StringLike", "s3:prefix", "a/*") },
  },
);
