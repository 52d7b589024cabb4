import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "invalid-partition",
  {
    "a misspelt one": { of: statement({ Resource: "arn:awss:s3:::docs/*" }), at: ["Resource"], says: "awss" },
    "none at all": { of: statement({ Resource: ["arn::s3:::docs/*"] }), at: ["Resource/0"] },
    "in a condition": {
      of: when("ArnLike", "aws:PrincipalArn", "arn:AWS:iam::111122223333:role/a"),
      at: ["Condition/ArnLike/aws:PrincipalArn"],
    },
  },
  {
    "each that exists": {
      of: statement({
        Resource: ["arn:aws:s3:::a/*", "arn:aws-cn:s3:::a/*", "arn:aws-us-gov:s3:::a/*", "arn:aws-eusc:s3:::a/*"],
      }),
    },
    "a wildcard": { of: statement({ Resource: "arn:*:s3:::docs/*" }) },
    everything: { of: statement({ Resource: "*" }) },
  },
);

ruleTable(
  "invalid-account-id",
  {
    "a digit too few": {
      of: { Effect: "Allow", Action: "iam:GetRole", Resource: "arn:aws:iam::11112222333:role/a" },
      at: ["Resource"],
      says: "twelve digits",
    },
    "with dashes, as the console shows it": {
      of: { Effect: "Allow", Action: "iam:GetRole", Resource: "arn:aws:iam::1111-2222-3333:role/a" },
      at: ["Resource"],
    },
    "in a condition's ARN": {
      of: when("ArnLike", "aws:SourceArn", "arn:aws:sns:us-east-1:12345:topic"),
      at: ["Condition/ArnLike/aws:SourceArn"],
    },
    "as a condition's value": {
      of: when("StringEquals", "aws:ResourceAccount", ["111122223333", "4444"]),
      at: ["Condition/StringEquals/aws:ResourceAccount/1"],
    },
  },
  {
    "twelve digits": { of: { Effect: "Allow", Action: "iam:GetRole", Resource: "arn:aws:iam::111122223333:role/a" } },
    "none, as buckets have it": { of: statement() },
    "a wildcard": { of: { Effect: "Allow", Action: "iam:GetRole", Resource: "arn:aws:iam::*:role/a" } },
    "a managed policy of AWS": {
      of: { Effect: "Allow", Action: "iam:GetPolicy", Resource: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    },
    "a variable": { of: when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}") },
    "a part of one": { of: when("StringLike", "aws:PrincipalAccount", "1111*") },
    "whether the key is there": { of: when("Null", "aws:SourceAccount", "true") },
  },
);

ruleTable(
  "invalid-vpc-id",
  {
    capitals: {
      of: when("StringEquals", "aws:SourceVpc", "VPC-1a2b3c4d"),
      at: ["Condition/StringEquals/aws:SourceVpc"],
      says: "vpc-1a2b3c4d",
    },
    "an endpoint's for a VPC": {
      of: when("StringEquals", "aws:SourceVpc", "vpce-1a2b3c4d"),
      at: ["Condition/StringEquals/aws:SourceVpc"],
    },
    "a VPC's for an endpoint": {
      of: when("StringEquals", "aws:SourceVpce", ["vpc-1a2b3c4d"]),
      at: ["Condition/StringEquals/aws:SourceVpce/0"],
      says: "vpce-",
    },
    "of a length that none has": {
      of: when("StringNotEquals", "aws:SourceVpc", "vpc-1a2b3c", { Effect: "Deny" }),
      at: ["Condition/StringNotEquals/aws:SourceVpc"],
    },
  },
  {
    "both forms": {
      of: statement({
        Condition: {
          StringEquals: { "aws:SourceVpc": "vpc-1a2b3c4d", "aws:SourceVpce": "vpce-0abcdef1234567890" },
        },
      }),
    },
    "a wildcard": { of: when("StringLike", "aws:SourceVpc", "vpc-*") },
    "whether it is there": { of: when("Null", "aws:SourceVpc", "false") },
  },
);
