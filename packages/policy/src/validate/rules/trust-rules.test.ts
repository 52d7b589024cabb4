import { ruleTable, statement, trusting } from "../../test/rule-table.ts";

ruleTable(
  "trust-action-not-assume",
  {
    "an action not asked on roles": {
      kind: "trust",
      of: trusting({ Action: ["sts:AssumeRole", "sts:GetCallerIdentity"] }),
      at: ["Action/1"],
    },
  },
  {
    "every way to assume a role": {
      kind: "trust",
      of: trusting({
        Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext", "sts:*"],
      }),
    },
    "in a user's policy": { of: statement({ Action: "sts:GetCallerIdentity", Resource: "*" }) },
  },
);

ruleTable(
  "trust-action-principal",
  {
    "a token's provider with sts:AssumeRole": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "accounts.google.com" } }),
      at: ["Principal"],
      says: "sts:AssumeRoleWithWebIdentity",
    },
    "a SAML provider with the web's way": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "arn:aws:iam::111122223333:saml-provider/idp" },
        Action: "sts:AssumeRoleWithWebIdentity",
      }),
      at: ["Principal"],
      says: "sts:AssumeRoleWithSAML",
    },
    "a role with the web's way": {
      kind: "trust",
      of: trusting({ Principal: { AWS: "arn:aws:iam::111122223333:role/a" }, Action: "sts:AssumeRoleWithWebIdentity" }),
      at: ["Principal"],
      says: "role/a",
    },
    "a service with SAML": {
      kind: "trust",
      of: trusting({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRoleWithSAML" }),
      at: ["Principal"],
      says: "ec2.amazonaws.com",
    },
  },
  {
    "each by its own way": {
      kind: "trust",
      of: [
        trusting(),
        trusting({ Principal: { Federated: "accounts.google.com" }, Action: "sts:AssumeRoleWithWebIdentity" }),
        trusting({
          Principal: { Federated: "arn:aws:iam::111122223333:saml-provider/idp" },
          Action: "sts:AssumeRoleWithSAML",
        }),
        trusting({ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole*" }),
      ],
    },
    "a statement that only tags": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "accounts.google.com" }, Action: "sts:TagSession" }),
    },
    everyone: { kind: "trust", of: trusting({ Principal: "*", Action: "sts:AssumeRoleWithSAML" }) },
  },
);

ruleTable(
  "web-identity-without-condition",
  {
    "any token": {
      kind: "trust",
      of: trusting({ Principal: { Federated: "accounts.google.com" }, Action: "sts:AssumeRoleWithWebIdentity" }),
      at: ["Principal"],
      says: "accounts.google.com",
    },
    "a condition on something else": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
      }),
      at: ["Principal"],
    },
  },
  {
    "asking the subject": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "accounts.google.com:sub": "7" } },
      }),
    },
    SAML: {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "arn:aws:iam::111122223333:saml-provider/idp" },
        Action: "sts:AssumeRoleWithSAML",
      }),
    },
    "a role": { kind: "trust", of: trusting() },
  },
);

const github = "token.actions.githubusercontent.com";
const asGithub = {
  Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${github}` },
  Action: "sts:AssumeRoleWithWebIdentity",
};

ruleTable(
  "oidc-without-subject",
  {
    "the audience alone": {
      kind: "trust",
      of: trusting({ ...asGithub, Condition: { StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" } } }),
      at: ["Principal"],
      says: `${github}:sub`,
    },
    "all but one subject": {
      kind: "trust",
      of: trusting({
        ...asGithub,
        Condition: {
          StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" },
          StringNotLike: { [`${github}:sub`]: "repo:other/*" },
        },
      }),
      at: ["Principal"],
    },
    ...Object.fromEntries(
      ["*", "repo:*", "**"].map((sub) => [
        `a subject that may be anything: ${sub}`,
        {
          kind: "trust",
          of: trusting({ ...asGithub, Condition: { StringLike: { [`${github}:sub`]: ["repo:o/r:*", sub] } } }),
          at: ["Principal"],
        } as const,
      ]),
    ),
  },
  {
    "another claim than the subject": {
      kind: "trust",
      of: trusting({ ...asGithub, Condition: { StringEquals: { [`${github}:repository_id`]: "1234" } } }),
    },
    "with a subject": {
      kind: "trust",
      of: trusting({
        ...asGithub,
        Condition: {
          StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" },
          StringLike: { [`${github}:sub`]: "repo:o/r:*" },
        },
      }),
    },
    "no condition, which has a rule of its own": { kind: "trust", of: trusting(asGithub) },
    "a provider whose audience is one application": {
      kind: "trust",
      of: trusting({
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { "accounts.google.com:aud": "667788pro0" } },
      }),
    },
    denied: {
      kind: "trust",
      of: trusting({ ...asGithub, Effect: "Deny", Condition: { StringEquals: { [`${github}:aud`]: "other" } } }),
    },
  },
);
