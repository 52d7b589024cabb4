import { ruleTable } from "../../test/rule-table.ts";

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
