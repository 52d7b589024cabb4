/**
 * `IpAddress` and `NotIpAddress`: IPv4 and IPv6 ranges in CIDR form; an address alone is a range of one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
 */
import { decimalDigit, hexDigit } from "./digits.ts";
import type { ValueTest } from "./comparison.ts";

/** A range in the one form it has, so that two texts of one range are equal. */
export interface IpRange {
  readonly version: 4 | 6;
  /** The first address: 4 or 16 bytes, the bits after the prefix zero. */
  readonly address: readonly number[];
  /** Bits that count: 0 to 32 or 0 to 128. */
  readonly prefix: number;
}

const DOT = 0x2e;
const COLON = 0x3a;

/** 32 bits, as a signed number; undefined for anything but four decimal octets. */
function parseIpv4(text: string, from = 0): number | undefined {
  let address = 0;
  let dots = 0;
  let octet = -1;
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === DOT) {
      if (octet < 0 || dots === 3) return undefined;
      address = (address << 8) | octet;
      dots += 1;
      octet = -1;
      continue;
    }
    const digit = decimalDigit(unit);
    // A leading zero is refused: some resolvers read `010.0.0.1` as octal.
    if (digit < 0 || octet === 0) return undefined;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return undefined;
  }
  return octet < 0 || dots < 3 ? undefined : (address << 8) | octet;
}

const LONGEST_IPV6 = 45;

/** 16 bytes; undefined for anything but eight groups of hexadecimal digits, `::` once, the last two perhaps dotted. */
function parseIpv6(text: string): readonly number[] | undefined {
  if (text.length > LONGEST_IPV6) return undefined;
  const bytes: number[] = [];
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const end = groupEnd(text, at);
    if (end < text.length && text.charCodeAt(end) === DOT) {
      const tail = parseIpv4(text, at);
      if (tail === undefined) return undefined;
      bytes.push(...bytesOf(tail));
      break;
    }
    if (end === at || end - at > 4) return undefined;
    let group = 0;
    for (; at < end; at += 1) group = group * 16 + hexDigit(text.charCodeAt(at));
    bytes.push(group >> 8, group & 0xff);
    if (end === text.length) break;
    if (text.charCodeAt(end) !== COLON) return undefined;
    at = end + 1;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined;
      gap = bytes.length;
      at += 1;
    } else if (at === text.length) return undefined;
  }
  if (gap < 0) return bytes.length === 16 ? bytes : undefined;
  if (bytes.length > 14) return undefined;
  return [...bytes.slice(0, gap), ...Array.from({ length: 16 - bytes.length }, () => 0), ...bytes.slice(gap)];
}

function groupEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && hexDigit(text.charCodeAt(end)) >= 0) end += 1;
  return end;
}

function bytesOf(address: number): readonly number[] {
  return [24, 16, 8, 0].map((shift) => (address >> shift) & 0xff);
}

/** The IPv4 address inside `::ffff:0:0/96`, which is how a dual-stack socket reports an IPv4 client. */
function isMapped(bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => index > 11 || byte === (index > 9 ? 0xff : 0));
}

function ipv4Of(bytes: readonly number[]): number {
  return bytes.slice(-4).reduce((address, byte) => (address << 8) | byte, 0);
}

/**
 * Reads `ADDRESS` or `ADDRESS/PREFIX`; undefined for anything else. A range inside `::ffff:0:0/96` is the IPv4 range it
 * maps (`::ffff:0.0.0.0/96` is `0.0.0.0/0`), and bits after the prefix are cleared: "The non-zero bits in the IP address
 * after the masked bits are ignored". An IPv6 range around it (`::/0`) holds no IPv4 address.
 */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const written = slash < 0 ? text : text.slice(0, slash);
  const short = parseIpv4(written);
  const bytes = short === undefined ? parseIpv6(written) : bytesOf(short);
  if (bytes === undefined) return undefined;
  const size = bytes.length * 8;
  const prefix = slash < 0 ? size : parsePrefix(text.slice(slash + 1));
  if (prefix === undefined || prefix > size) return undefined;
  if (short === undefined && isMapped(bytes) && prefix >= 96) return rangeOf(4, bytes.slice(12), prefix - 96);
  return rangeOf(short === undefined ? 6 : 4, bytes, prefix);
}

function parsePrefix(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

function rangeOf(version: 4 | 6, bytes: readonly number[], prefix: number): IpRange {
  return { version, address: bytes.map((byte, index) => byte & maskAt(prefix, index)), prefix };
}

/** The bits of byte `index` that a prefix counts. */
function maskAt(prefix: number, index: number): number {
  const bits = Math.min(Math.max(prefix - index * 8, 0), 8);
  return 0xff & (0xff << (8 - bits));
}

/**
 * The test of one address against `ADDRESS` or `ADDRESS/PREFIX`; undefined when the range is malformed. Conditions of every
 * request use it, so the test of an IPv4 address allocates nothing.
 */
export function testIpAddress(constant: string): ValueTest | undefined {
  const range = parseIpRange(constant);
  if (range === undefined) return undefined;
  return range.version === 4 ? testIpv4(range) : testIpv6(range);
}

function testIpv4({ address, prefix }: IpRange): ValueTest {
  const network = ipv4Of(address);
  // A shift by 32 would be one by 0.
  const mask = prefix === 0 ? 0 : -1 << (32 - prefix);
  return (value) => {
    const short = parseIpv4(value);
    if (short !== undefined) return (short & mask) === network;
    const bytes = parseIpv6(value);
    if (bytes === undefined) return undefined;
    return isMapped(bytes) && (ipv4Of(bytes) & mask) === network;
  };
}

function testIpv6({ address, prefix }: IpRange): ValueTest {
  return (value) => {
    if (parseIpv4(value) !== undefined) return false;
    const bytes = parseIpv6(value);
    if (bytes === undefined) return undefined;
    // A mapped address is an IPv4 one, which no IPv6 range holds.
    return !isMapped(bytes) && bytes.every((byte, index) => (byte & maskAt(prefix, index)) === address[index]);
  };
}
