/**
 * Dates, numbers and IP ranges read the obvious way, with regular expressions and `split`: what the parsers that run on every
 * request are held against.
 */

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
export function plainIpAddress(text: string): Address | undefined {
  const address = parseAddress(text);
  return address !== undefined && isMapped(address) ? address.slice(12) : address;
}

export function plainIpRange(text: string): Range | undefined {
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

export function plainContains(range: Range, address: Address): boolean {
  if (range.address.length !== address.length) return false;
  return range.address.every((byte, index) => {
    const bits = Math.min(Math.max(range.prefix - index * 8, 0), 8);
    const mask = 0xff & (0xff << (8 - bits));
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });
}

const ISO = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?)?)?$/;
/** Four digits alone are a year, as W3C writes it; every other run of digits is epoch seconds. */
const EPOCH = /^(?:\d{1,3}|\d{5,12})(?:\.\d{1,9})?$/;

/** Seconds since 1970-01-01T00:00:00Z, possibly with a fraction; undefined for anything else than a date. */
export function plainDate(text: string): number | undefined {
  if (EPOCH.test(text)) return Number(text);
  const found = ISO.exec(text);
  if (found === null) return undefined;
  const [, year, month = "1", day = "1", hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] = found;
  const offset = zoneSeconds(zone);
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  if (days === undefined || offset === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) + Number(`0.${fraction}`) - offset;
}

function zoneSeconds(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Proleptic Gregorian, without `Date`: its two-digit years mean 19xx and its overflowing days roll over. */
function daysSinceEpoch(year: number, month: number, day: number): number | undefined {
  const monthDays = MONTH_DAYS[month - 1];
  if (monthDays === undefined) return undefined;
  if (day < 1 || day > (month === 2 && isLeap(year) ? 29 : monthDays)) return undefined;
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const inYear = MONTH_DAYS.slice(0, month - 1).reduce((sum, days) => sum + days, 0);
  const leapDay = month > 2 && isLeap(year) ? 1 : 0;
  const yearZeroToEpoch = 719_162; // days from 0001-01-01 to 1970-01-01
  return before * 365 + leaps + inYear + leapDay + day - 1 - yearZeroToEpoch;
}

/** `units` × 10^-`scale`: exact, because 64-bit floats confuse neighbouring integers above 2^53. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

export function plainDecimal(text: string): Decimal | undefined {
  const found = DECIMAL.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const units = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  const shifted = scale < 0 ? units * 10n ** BigInt(-scale) : units;
  return { units: sign === "-" ? -shifted : shifted, scale: Math.max(scale, 0) };
}

export function plainDifference(left: Decimal, right: Decimal): bigint {
  const scale = Math.max(left.scale, right.scale);
  return left.units * 10n ** BigInt(scale - left.scale) - right.units * 10n ** BigInt(scale - right.scale);
}
