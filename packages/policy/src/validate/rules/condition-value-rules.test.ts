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

ruleTable(
  "both-booleans",
  {
    "a Bool with both": {
      of: when("Bool", "aws:SecureTransport", ["true", "false"]),
      at: ["Condition/Bool/aws:SecureTransport"],
    },
    "JSON booleans": {
      of: when("Bool", "aws:SecureTransport", [true, false]),
      at: ["Condition/Bool/aws:SecureTransport"],
    },
    "a Null with both": { of: when("Null", "aws:username", ["true", "false"]), at: ["Condition/Null/aws:username"] },
  },
  {
    one: { of: when("Bool", "aws:SecureTransport", "true") },
    "text that reads so": { of: when("StringEquals", "aws:username", ["true", "false"]) },
  },
);

ruleTable(
  "wildcard-without-like",
  {
    "a star": {
      of: when("StringEquals", "aws:username", ["a", "team-*"]),
      at: ["Condition/StringEquals/aws:username/1"],
      says: "StringLike",
    },
    "a question mark, negated": {
      of: when("StringNotEquals", "aws:username", "a?", { Effect: "Deny" }),
      at: ["Condition/StringNotEquals/aws:username"],
      says: "StringNotLike",
    },
    "without case": {
      of: when("StringEqualsIgnoreCase", "aws:username", "a*"),
      at: ["Condition/StringEqualsIgnoreCase/aws:username"],
    },
  },
  {
    "with StringLike": { of: when("StringLike", "aws:username", "a*") },
    "the character itself": { of: when("StringEquals", "aws:username", "a${*}") },
    "no wildcard": { of: when("StringEquals", "aws:username", "a") },
    "an ARN, whose operators have wildcards": { of: when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*") },
  },
);

ruleTable(
  "matches-any-value",
  {
    "a star": {
      of: when("StringLike", "aws:username", "*"),
      at: ["Condition/StringLike/aws:username"],
      says: '"false"',
    },
    "beside others": {
      of: when("StringLike", "aws:username", ["a", "*"]),
      at: ["Condition/StringLike/aws:username/1"],
    },
    negated: {
      of: when("StringNotLike", "aws:username", "*", { Effect: "Deny" }),
      at: ["Condition/StringNotLike/aws:username"],
      says: '"true"',
    },
  },
  {
    "a prefix": { of: when("StringLike", "aws:username", "a*") },
    "compared as it is written": { of: when("StringEquals", "aws:username", "*") },
  },
);

ruleTable(
  "epoch-date",
  {
    "seconds since 1970": {
      of: when("DateLessThan", "aws:CurrentTime", ["2026-01-01", "1767225600"]),
      at: ["Condition/DateLessThan/aws:CurrentTime/1"],
    },
  },
  {
    "a date": { of: when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z") },
    "the key of seconds": { of: when("DateLessThan", "aws:EpochTime", "1767225600") },
    "a number": { of: when("NumericLessThan", "s3:TlsVersion", "2") },
  },
);

ruleTable(
  "private-source-ip",
  {
    "private addresses of both kinds": {
      of: when("IpAddress", "aws:SourceIp", [
        "10.0.0.0/8",
        "192.0.2.0/24",
        "172.31.0.1",
        "192.168.1.0/24",
        "fd00::/8",
        "127.0.0.1",
      ]),
      at: [0, 2, 3, 4, 5].map((index) => `Condition/IpAddress/aws:SourceIp/${index}`),
      says: "aws:VpcSourceIp",
    },
    negated: {
      of: when("NotIpAddress", "aws:SourceIp", "10.1.2.3", { Effect: "Deny" }),
      at: ["Condition/NotIpAddress/aws:SourceIp"],
    },
  },
  {
    "public addresses": {
      of: when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "172.32.0.1", "2001:db8::/32", "11.0.0.1"]),
    },
    "the key for private ones": { of: when("IpAddress", "aws:VpcSourceIp", "10.0.0.1") },
  },
);

ruleTable(
  "imprecise-ip-range",
  {
    "bits after the mask": {
      of: when("IpAddress", "aws:SourceIp", ["203.0.113.7/24", "203.0.113.0/24"]),
      at: ["Condition/IpAddress/aws:SourceIp/0"],
      says: "203.0.113.0/24",
    },
    "within a byte": {
      of: when("NotIpAddress", "aws:SourceIp", "203.0.113.200/25", { Effect: "Deny" }),
      at: ["Condition/NotIpAddress/aws:SourceIp"],
      says: "203.0.113.128/25",
    },
  },
  {
    none: {
      of: when("IpAddress", "aws:SourceIp", [
        "203.0.113.128/25",
        "203.0.113.7",
        "203.0.113.7/32",
        "0.0.0.0/0",
        "2001:db8::/32",
      ]),
    },
    text: { of: when("StringEquals", "aws:username", "203.0.113.7/24") },
  },
);
