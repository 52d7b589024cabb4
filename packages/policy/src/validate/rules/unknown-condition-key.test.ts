import { ruleTable, trusting, when } from "../../test/rule-table.ts";

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
