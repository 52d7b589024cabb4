import { ruleTable, when } from "../../test/rule-table.ts";

ruleTable(
  "imprecise-ip-range",
  {
    "bits after the mask": {
      of: when("IpAddress", "aws:SourceIp", ["203.0.113.7/24", "203.0.113.0/24"]),
      at: ["Condition/IpAddress/aws:SourceIp/0"],
      says: "203.0.113.0/24",
    },
    "within an octet": {
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
