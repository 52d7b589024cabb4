import { ruleTable, statement, when } from "../../test/rule-table.ts";

ruleTable(
  "unpaired-condition-key",
  {
    "a private address without its network": {
      of: when("IpAddress", "aws:VpcSourceIp", "10.0.0.1"),
      at: ["Condition/IpAddress/aws:VpcSourceIp"],
      says: "aws:SourceVpc",
    },
  },
  {
    "with its network": {
      of: statement({
        Condition: { IpAddress: { "aws:VpcSourceIp": "10.0.0.1" }, StringEquals: { "aws:sourceVpc": "vpc-1" } },
      }),
    },
    "a public address": { of: when("IpAddress", "aws:SourceIp", "192.0.2.1") },
  },
);
