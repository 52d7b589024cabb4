import { expect, test } from "vitest";
import { type AddressRanges, parseAddressRanges } from "./cidr.ts";
import { clientAddress } from "./client-address.ts";

function ranges(...texts: string[]): AddressRanges {
  const parsed = parseAddressRanges(texts);
  if ("invalid" in parsed) throw new Error(parsed.invalid);
  return parsed;
}

const proxies = ranges("10.0.0.0/8", "fd00::/8");

function addressOf(peer: string, forwarded?: string, trusted = proxies): string {
  const headers = new Map(forwarded === undefined ? [] : [["x-forwarded-for", forwarded] as const]);
  return clientAddress({ address: peer, tlsVersion: undefined }, headers, trusted).sourceIp;
}

test.each([
  ["the header of an untrusted peer does not count", "203.0.113.9", "192.0.2.1", "203.0.113.9"],
  ["nobody is trusted by default", "127.0.0.1", "192.0.2.1", "127.0.0.1"],
  ["a proxy's word counts", "10.0.0.1", "192.0.2.1", "192.0.2.1"],
  ["a proxy seen through IPv6", "::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"],
  ["what the client wrote before the proxy is ignored", "10.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1"],
  ["a chain of proxies", "10.0.0.1", "198.51.100.7, 192.0.2.1, 10.9.9.9", "192.0.2.1"],
  ["a mapped address is the IPv4 one", "10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"],
  ["nonsense stops the search", "10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"],
  ["no header", "10.0.0.1", undefined, "10.0.0.1"],
  ["an IPv4-mapped peer is IPv4", "::ffff:203.0.113.9", undefined, "203.0.113.9"],
  ["an IPv6 proxy", "fd00::1", "2001:db8::5", "2001:db8::5"],
])("%s", (_what, peer, forwarded, expected) => {
  expect(addressOf(peer, forwarded)).toBe(expected);
});

test("https is believed from proxies only", () => {
  const headers = new Map([["x-forwarded-proto", "https"]]);
  const secure = (address: string, tlsVersion?: string, sent = headers): boolean =>
    clientAddress({ address, tlsVersion }, sent, proxies).secure;
  expect(secure("10.0.0.1")).toBe(true);
  expect(secure("203.0.113.9")).toBe(false);
  // The proxy's own connection is TLS, the client's was not.
  expect(secure("10.0.0.1", "1.3", new Map([["x-forwarded-for", "192.0.2.1"]]))).toBe(false);
  expect(secure("10.0.0.1", "1.3", new Map())).toBe(true);
});

test("nobody is trusted unless configured", () => {
  expect(addressOf("127.0.0.1", "192.0.2.1", ranges())).toBe("127.0.0.1");
});
