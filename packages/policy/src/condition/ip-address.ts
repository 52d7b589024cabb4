/**
 * `IpAddress` and `NotIpAddress`: IPv4 and IPv6 ranges in CIDR form; an address alone is a range of one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
 */
import type { ValueTest } from "./comparison.ts";

/** 4 or 16 bytes. */
type Address = readonly number[];

interface Range {
  readonly address: Address;
  readonly prefix: number;
}

/** A leading zero is refused: some resolvers read `010.0.0.1` as octal. */
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const MAPPED: Address = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function parseIpv4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part) && Number(part) <= 255)) return undefined;
  return parts.map(Number);
}

/** One side of `::`, with a dotted IPv4 tail allowed at the very end. */
function parseGroups(text: string, allowTail: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else {
      const tail = allowTail && index === groups.length - 1 ? parseIpv4(group) : undefined;
      if (tail === undefined) return undefined;
      bytes.push(...tail);
    }
  }
  return bytes;
}

function parseIpv6(text: string): Address | undefined {
  const sides = text.split("::");
  if (sides.length > 2 || text.length > 45) return undefined;
  const [left = "", right] = sides;
  const head = parseGroups(left, right === undefined);
  if (head === undefined) return undefined;
  if (right === undefined) return head.length === 16 ? head : undefined;
  const tail = parseGroups(right, true);
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function isMapped(address: Address): boolean {
  return address.length === 16 && MAPPED.every((byte, index) => address[index] === byte);
}

/**
 * The address of a request; an IPv4-mapped one (`::ffff:192.0.2.1`, how a dual-stack socket reports an IPv4 client) is
 * the IPv4 address, or an IPv4 range would miss it.
 */
export function parseIpAddress(text: string): Address | undefined {
  const address = parseAddress(text);
  return address !== undefined && isMapped(address) ? address.slice(12) : address;
}

export function parseIpRange(text: string): Range | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const size = address.length * 8;
  const written = slash < 0 ? String(size) : text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(written)) return undefined;
  const prefix = Number(written);
  if (prefix > size) return undefined;
  if (isMapped(address) && prefix >= 96) return { address: address.slice(12), prefix: prefix - 96 };
  return { address, prefix };
}

function contains(range: Range, address: Address): boolean {
  if (range.address.length !== address.length) return false;
  return range.address.every((byte, index) => {
    const bits = Math.min(Math.max(range.prefix - index * 8, 0), 8);
    const mask = 0xff & (0xff << (8 - bits));
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });
}

export function testIpAddress(constant: string): ValueTest | undefined {
  const range = parseIpRange(constant);
  if (range === undefined) return undefined;
  return (value) => {
    const address = parseIpAddress(value);
    return address === undefined ? undefined : contains(range, address);
  };
}
