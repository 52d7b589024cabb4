import { ruleTable, statement, trusting, when } from "../../test/rule-table.ts";

ruleTable(
  "public-principal",
  {
    everyone: { kind: "resource", of: statement({ Principal: "*" }), at: ["Principal"], says: "anonymous" },
    "every principal of AWS": {
      kind: "resource",
      of: statement({ Principal: { AWS: ["111122223333", "*"] } }),
      at: ["Principal"],
    },
    "with TLS, which everyone has": {
      kind: "resource",
      of: when("Bool", "aws:SecureTransport", "true", { Principal: "*" }),
      at: ["Principal"],
    },
    "with a version of TLS": {
      kind: "resource",
      of: when("NumericGreaterThanEquals", "s3:TlsVersion", "1.2", { Principal: "*" }),
      at: ["Principal"],
    },
    "with a condition that everyone can meet": {
      kind: "resource",
      of: when("StringLike", "aws:Referer", "https://example.com/*", { Principal: "*" }),
      at: ["Principal"],
      says: "counts as public",
    },
    "in any network of AWS": {
      kind: "resource",
      of: when("StringLike", "aws:SourceVpc", "vpc-*", { Principal: { AWS: "*" } }),
      at: ["Principal"],
    },
    "an identity provider": {
      kind: "resource",
      of: statement({ Principal: { Federated: "graph.facebook.com" } }),
      at: ["Principal"],
      says: "whoever signs in through `graph.facebook.com`",
    },
    "a role for everyone": { kind: "trust", of: trusting({ Principal: "*" }), at: ["Principal"], says: "assume" },
  },
  {
    "with a condition": {
      kind: "resource",
      of: statement({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": "111122223333" } } }),
    },
    "with TLS and a network": {
      kind: "resource",
      of: statement({
        Principal: "*",
        Condition: { Bool: { "aws:SecureTransport": "true" }, StringEquals: { "aws:SourceVpc": "vpc-1a2b3c4d" } },
      }),
    },
    denied: { kind: "resource", of: statement({ Effect: "Deny", Principal: "*" }) },
    "a role for an identity provider": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "graph.facebook.com" }, Action: "sts:AssumeRoleWithWebIdentity" }),
    },
    "an account": { kind: "resource", of: statement({ Principal: { AWS: "111122223333" } }) },
  },
);

ruleTable(
  "allow-not-principal",
  {
    Allow: {
      kind: "resource",
      of: {
        Effect: "Allow",
        NotPrincipal: { AWS: "111122223333" },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::docs/*",
      },
      at: ["NotPrincipal"],
    },
  },
  {
    Deny: {
      kind: "resource",
      of: {
        Effect: "Deny",
        NotPrincipal: { AWS: "111122223333" },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::docs/*",
      },
    },
    Principal: { kind: "resource", of: statement({ Principal: { AWS: "111122223333" } }) },
  },
);

ruleTable(
  "principal-unique-id",
  {
    "a user's": {
      kind: "resource",
      of: statement({ Principal: { AWS: "AIDAEXAMPLEEXAMPLE12" } }),
      at: ["Principal"],
      says: "user",
    },
    "a role's": {
      kind: "trust",
      of: trusting({ Principal: { AWS: ["AROAEXAMPLEEXAMPLE12"] } }),
      at: ["Principal"],
      says: "role",
    },
  },
  {
    "an ARN": { kind: "resource", of: statement({ Principal: { AWS: "arn:aws:iam::111122223333:user/a" } }) },
  },
);

const service = { Principal: { Service: "cloudtrail.amazonaws.com" }, Action: "s3:PutObject" };

ruleTable(
  "service-principal-without-source",
  {
    "no condition": { kind: "resource", of: statement(service), at: ["Principal"], says: "aws:SourceArn" },
    "a condition on something else": {
      kind: "resource",
      of: when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control", service),
      at: ["Principal"],
    },
    "every source but one": {
      kind: "resource",
      of: when("StringNotEquals", "aws:SourceAccount", "111122223333", service),
      at: ["Principal"],
    },
    "two services": {
      kind: "resource",
      of: statement({ ...service, Principal: { Service: ["config.amazonaws.com", "s3.amazonaws.com"] } }),
      at: ["Principal", "Principal"],
    },
  },
  {
    "its source": {
      kind: "resource",
      of: when("ArnLike", "AWS:SourceArn", "arn:aws:cloudtrail:us-east-1:111122223333:trail/*", service),
    },
    "its account": { kind: "resource", of: when("StringEquals", "aws:SourceAccount", "111122223333", service) },
    "its organization": { kind: "resource", of: when("StringEquals", "aws:SourceOrgID", "o-a1b2c3d4e5", service) },
    "a load balancer's logs of one account": {
      kind: "resource",
      of: statement({ ...service, Resource: "arn:aws:s3:::docs/logs/AWSLogs/111122223333/*" }),
    },
    denied: { kind: "resource", of: statement({ ...service, Effect: "Deny" }) },
    "an account": { kind: "resource", of: statement({ Principal: { AWS: "111122223333" } }) },
    "a role of EC2, which names no source": {
      kind: "trust",
      of: trusting({ Principal: { Service: "ec2.amazonaws.com" } }),
    },
  },
);
