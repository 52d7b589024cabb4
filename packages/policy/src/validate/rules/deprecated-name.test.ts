import { ruleTable, statement, when } from "../../test/rule-table.ts";

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
