import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "full-access",
  {
    "everything on everything": { of: { Effect: "Allow", Action: "*", Resource: "*" }, at: ["Action"] },
    "in lists": { of: { Effect: "Allow", Action: ["s3:GetObject", "*:*"], Resource: ["*"] }, at: ["Action"] },
  },
  {
    denied: { of: { Effect: "Deny", Action: "*", Resource: "*" } },
    "on one bucket": { of: statement({ Action: "*" }) },
    "with a condition": {
      of: {
        Effect: "Allow",
        Action: "*",
        Resource: "*",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      },
    },
    "a boundary, which grants nothing": { kind: "boundary", of: { Effect: "Allow", Action: "*", Resource: "*" } },
    "a guardrail": { kind: "guardrail", of: { Effect: "Allow", Action: "*", Resource: "*" } },
  },
);

ruleTable(
  "service-wide-access",
  {
    "s3:* on everything": {
      of: { Effect: "Allow", Action: "s3:*", Resource: "*" },
      at: ["Action"],
      says: "who may do what",
    },
    "of another service": {
      of: { Effect: "Allow", Action: "sqs:*", Resource: "*" },
      at: ["Action"],
      says: "all of `sqs`",
    },
    "on every bucket": {
      of: { Effect: "Allow", Action: ["iam:ListUsers", "S3:*"], Resource: "arn:aws:s3:::*" },
      at: ["Action/1"],
    },
    "of IAM": { of: { Effect: "Allow", Action: "iam:*", Resource: "arn:aws:iam::*:*" }, at: ["Action"] },
  },
  {
    "on one bucket": { of: statement({ Action: "s3:*" }) },
    "everything, which has a rule of its own": { of: { Effect: "Allow", Action: "*", Resource: "*" } },
    "some of it": { of: { Effect: "Allow", Action: "s3:Get*", Resource: "*" } },
    denied: { of: { Effect: "Deny", Action: "s3:*", Resource: "*" } },
    "a guardrail": { kind: "guardrail", of: { Effect: "Allow", Action: "s3:*", Resource: "*" } },
  },
);

ruleTable(
  "allow-not-action",
  {
    Allow: { of: { Effect: "Allow", NotAction: "iam:*", Resource: "*" }, at: ["NotAction"] },
  },
  {
    Deny: { of: { Effect: "Deny", NotAction: "iam:*", Resource: "*" } },
    "a boundary": { kind: "boundary", of: { Effect: "Allow", NotAction: "iam:*", Resource: "*" } },
    Action: { of: statement() },
  },
);

ruleTable(
  "allow-not-resource",
  {
    Allow: {
      of: { Effect: "Allow", Action: "s3:GetObject", NotResource: "arn:aws:s3:::secret/*" },
      at: ["NotResource"],
    },
  },
  {
    Deny: { of: { Effect: "Deny", Action: "s3:GetObject", NotResource: "arn:aws:s3:::docs/*" } },
    Resource: { of: statement() },
  },
);

ruleTable(
  "pass-role-wildcard",
  {
    "any role": {
      of: { Effect: "Allow", Action: "iam:PassRole", Resource: "*" },
      at: ["Action"],
      says: "iam:PassedToService",
    },
    "every role of the account": {
      of: { Effect: "Allow", Action: ["iam:GetRole", "iam:Pass*"], Resource: "arn:aws:iam::111122223333:role/*" },
      at: ["Action/1"],
    },
    "within a wider pattern": { of: { Effect: "Allow", Action: "iam:*", Resource: "*" }, at: ["Resource"] },
    NotResource: {
      of: { Effect: "Allow", Action: "iam:PassRole", NotResource: "arn:aws:iam::111122223333:role/admin" },
      at: ["Action"],
    },
    NotAction: { of: { Effect: "Allow", NotAction: "s3:*", Resource: "*" }, at: ["Resource"] },
    "a service it must not be": {
      of: {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: "*",
        Condition: { StringNotEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      },
      at: ["Action"],
    },
  },
  {
    "one role": { of: { Effect: "Allow", Action: "iam:PassRole", Resource: "arn:aws:iam::111122223333:role/app" } },
    "a prefix of names": { of: { Effect: "Allow", Action: "iam:PassRole", Resource: "arn:aws:iam::*:role/Service*" } },
    "to one service": {
      of: {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: "*",
        Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      },
    },
    denied: { of: { Effect: "Deny", Action: "iam:PassRole", Resource: "*" } },
    "NotAction that leaves it out": { of: { Effect: "Allow", NotAction: "iam:*", Resource: "*" } },
    "other actions": { of: { Effect: "Allow", Action: "s3:*", Resource: "*" } },
  },
);
