import { expect, test } from "vitest";
import { clientNetwork, parseAddressRanges } from "./cidr.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::9", "2001:db8:1:2"],
  ["2001:db8::9", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1:2:3:4%eth0", "fe80:0:0:0"],
  ["::5:6:7:8:9", "0:0:0:5"],
])("%s is one client with every address of %s", (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});

test.each([
  ["fe80::/10", "fe80::1%eth0", true],
  ["::ffff:10.0.0.0/104", "10.1.2.3", true],
  ["::/0", "::ffff:10.1.2.3", false],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["0.0.0.0/0", "unix", false],
])("%s contains %s: %s", (range, address, expected) => {
  const ranges = parseAddressRanges([range]);
  expect("invalid" in ranges || ranges.contains(address)).toBe(expected);
});

test.each(["10.0.0.0/33", "10.0.0.0/08", "010.0.0.0/8", "10.0.0", "fe80::1%eth0", ""])("%s is not a range", (text) => {
  expect(parseAddressRanges(["10.0.0.0/8", text])).toEqual({ invalid: text });
});
