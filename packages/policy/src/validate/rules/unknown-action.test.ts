import { ruleTable, statement } from "../../test/rule-table.ts";

ruleTable(
  "unknown-action",
  {
    "a misspelt action, with the nearest": {
      of: statement({ Action: "s3:GetObjects" }),
      at: ["Action"],
      says: "s3:GetObject",
    },
    "one in a list": {
      of: statement({ Action: ["s3:GetObject", "iam:PasRole"] }),
      at: ["Action/1"],
      says: "iam:PassRole",
    },
    "a pattern that takes nothing": { of: statement({ Action: "s3:Fetch*" }), at: ["Action"], says: "takes no action" },
    "a name of the API that is no action": { of: statement({ Action: "s3:HeadObject" }), at: ["Action"] },
    "in NotAction": { of: { Effect: "Deny", NotAction: "sts:AsumeRole", Resource: "*" }, at: ["NotAction"] },
    "one nothing is near to": { of: statement({ Action: "s3:Zebra" }), at: ["Action"] },
  },
  {
    "an action, whatever its case": { of: statement({ Action: ["s3:getobject", "S3:PutObject"] }) },
    "a pattern": { of: statement({ Action: ["s3:Get*", "s3:*Tagging", "s3:?etObject"] }) },
    everything: { of: statement({ Action: "*" }) },
    "another service": { of: statement({ Action: "ec2:RunInstances" }) },
  },
);
