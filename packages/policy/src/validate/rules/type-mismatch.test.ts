import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "type-mismatch",
  {
    "a number compared as text": {
      of: when("StringEquals", "s3:max-keys", "10", { Action: "s3:ListBucket", Resource: "arn:aws:s3:::docs" }),
      at: ["Condition/StringEquals/s3:max-keys"],
      says: "Numeric",
    },
    "text compared as a number": {
      of: when("NumericEquals", "aws:username", "7"),
      at: ["Condition/NumericEquals/aws:username"],
    },
    "a Boolean compared as text": {
      of: when("StringEquals", "aws:SecureTransport", "true"),
      at: ["Condition/StringEquals/aws:SecureTransport"],
      says: "`Bool`",
    },
    "an address compared as text": {
      of: when("StringLike", "aws:SourceIp", "192.0.2.*"),
      at: ["Condition/StringLike/aws:SourceIp"],
      says: "IpAddress",
    },
    "a date compared as a number": {
      of: when("NumericLessThan", "aws:CurrentTime", "7"),
      at: ["Condition/NumericLessThan/aws:CurrentTime"],
    },
    "text compared as an ARN": {
      of: when("ArnEquals", "aws:username", "arn:aws:iam::111122223333:user/a"),
      at: ["Condition/ArnEquals/aws:username"],
    },
    "a date of S3 with a set operator": {
      of: when("ForAnyValue:StringEquals", "s3:object-lock-retain-until-date", "x", {
        Action: "s3:PutObjectRetention",
      }),
      at: ["Condition/ForAnyValue:StringEquals/s3:object-lock-retain-until-date"],
    },
  },
  {
    "each by its own": {
      of: statement({
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::docs",
        Condition: {
          StringLikeIfExists: { "aws:username": "a*" },
          NumericLessThan: { "s3:max-keys": "10" },
          Bool: { "aws:SecureTransport": "true" },
          IpAddress: { "aws:SourceIp": "192.0.2.0/24" },
          DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" },
          ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" },
        },
      }),
    },
    "an ARN as text": { of: when("StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*") },
    "a time in seconds as a number": { of: when("NumericLessThan", "aws:EpochTime", "1767225600") },
    Null: { of: when("Null", "aws:SourceIp", "false") },
    "an unknown key": { of: when("NumericEquals", "kms:ViaService", "7") },
  },
);
