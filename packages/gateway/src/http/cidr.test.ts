import { expect, test } from "vitest";
import { clientNetwork } from "./cidr.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::9", "2001:db8:1:2"],
  ["2001:db8::9", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1:2:3:4%eth0", "fe80:0:0:0"],
  ["::5:6:7:8:9", "0:0:0:5"],
])("%s is one client with all of %s", (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
