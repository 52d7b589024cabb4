import { expect, test } from "vitest";
import { type IpRange, parseIpRange } from "./ip-address.ts";

const everyIpv4: IpRange = { version: 4, address: [0, 0, 0, 0], prefix: 0 };

test.each<[string, IpRange | undefined]>([
  ["0.0.0.0/0", everyIpv4],
  ["203.0.113.7/0", everyIpv4],
  ["::ffff:0.0.0.0/96", everyIpv4],
  ["::FFFF:0:0/96", everyIpv4],
  ["0:0:0:0:0:ffff:203.0.113.7/96", everyIpv4],
  ["::ffff:203.0.113.7", { version: 4, address: [203, 0, 113, 7], prefix: 32 }],
  ["255.255.255.255/1", { version: 4, address: [128, 0, 0, 0], prefix: 1 }],
  ["::/0", { version: 6, address: Array.from({ length: 16 }, () => 0), prefix: 0 }],
  [
    "2001:db8::1/32",
    { version: 6, address: [0x20, 1, 0x0d, 0xb8, ...Array.from({ length: 12 }, () => 0)], prefix: 32 },
  ],
  [
    "::ffff:0:0/95",
    { version: 6, address: [...Array.from({ length: 10 }, () => 0), 0xff, 0xfe, 0, 0, 0, 0], prefix: 95 },
  ],
  ["", undefined],
  ["/0", undefined],
  ["0.0.0.0/00", undefined],
  ["0.0.0.0/33", undefined],
  ["::/129", undefined],
])("%s is the range %j", (text, range) => {
  expect(parseIpRange(text)).toEqual(range);
});
