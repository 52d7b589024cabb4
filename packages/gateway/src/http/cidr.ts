import { testIpAddress, type ValueTest } from "@s3-credentials/policy";
import { isIP, isIPv6 } from "node:net";

/** Turns `::ffff:192.0.2.1` into the IPv4 address that it stands for, because policies and logs name clients by IPv4. */
export function plainAddress(address: string): string {
  const lower = address.toLowerCase();
  if (!lower.startsWith("::ffff:")) return address;
  const mapped = lower.slice("::ffff:".length);
  return isIP(mapped) === 4 ? mapped : address;
}

/** What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, because one client can use every address of its network. */
export function clientNetwork(address: string): string {
  // Most often it is the client of the request before.
  if (address !== last.address) last = { address, network: networkOf(address) };
  return last.network;
}

let last = { address: "", network: "" };

function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.replace(/%.*$/, "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":");
}

/** Whether only this machine can reach what listens on `host`. https://www.rfc-editor.org/rfc/rfc6890 */
export function isLoopback(host: string): boolean {
  const address = plainAddress(host);
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/** Whether a server that listens on `host` listens on every address of this machine. */
export function isEveryAddress(host: string): boolean {
  return host === "0.0.0.0" || (isIP(host) === 6 && /^[0:]+$/.test(host));
}

/** Address ranges in the form of `aws:SourceIp`; an address alone is a range of one. */
export interface AddressRanges {
  readonly texts: readonly string[];
  contains(address: string): boolean;
}

/** The ranges, or the first text that is not a range. */
export function parseAddressRanges(texts: readonly string[]): AddressRanges | { readonly invalid: string } {
  const tests: ValueTest[] = [];
  for (const text of texts) {
    const test = testIpAddress(text);
    if (test === undefined) return { invalid: text };
    tests.push(test);
  }
  return {
    texts,
    // A peer within the local link has its interface at the end, `fe80::1%eth0`, which no range names.
    contains: (address) => tests.some((test) => test(address.replace(/%.*$/, "")) === true),
  };
}
