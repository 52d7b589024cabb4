import { ruleTable, when } from "../../test/rule-table.ts";

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
