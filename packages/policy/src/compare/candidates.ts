/**
 * Values of conditions that are not about text. The constants of a family divide its values into finitely many cells; here is one value of
 * each, and for some several spellings.
 */
import { decodeBase64 } from "../condition/binary.ts";
import { parseDate } from "../condition/date.ts";
import { type IpRange, parseIpRange } from "../condition/ip-address.ts";
import { parseDecimal } from "../condition/numeric.ts";

/** `spellings`: how many texts are needed for one number, because that many other texts may be refused by name. */
export function numberCandidates(constants: readonly string[], spellings: number): readonly string[] {
  const parsed = constants.flatMap((text) => parseDecimal(text) ?? []);
  const scale = Math.max(0, ...parsed.map((one) => one.scale));
  const units = [...new Set(parsed.map((one) => one.units * 10n ** BigInt(scale - one.scale)))].toSorted(
    (left, right) => (left < right ? -1 : 1),
  );
  const one = 10n ** BigInt(scale);
  const [first, last] = [units[0] ?? 0n, units.at(-1) ?? 0n];
  const found = [...units, first - one, last + one].map((unit) => decimalText(unit, scale));
  for (const [index, low] of units.entries()) {
    const high = units[index + 1];
    if (high === undefined) continue;
    const whole = (low / one + 1n) * one;
    found.push(whole > low && whole < high ? decimalText(whole, scale) : decimalText((low + high) * 5n, scale + 1));
  }
  // Negative numbers last: hardly any key has them.
  const ordered = found.toSorted((left, right) => Number(left.startsWith("-")) - Number(right.startsWith("-")));
  const variants = Array.from({ length: Math.min(spellings, 40) }, (_, zeros) => zeros);
  return variants.flatMap((zeros) => ordered.flatMap((text) => spelled(text, zeros)));
}

function spelled(text: string, zeros: number): readonly string[] {
  if (zeros === 0) return [text];
  return text.includes("e") ? [] : [`${text}${text.includes(".") ? "" : "."}${"0".repeat(zeros)}`];
}

function decimalText(units: bigint, scale: number): string {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString();
  if (digits.length > 30) {
    const short = digits.replace(/0+$/, "");
    return `${sign}${short}e${digits.length - short.length - scale}`;
  }
  if (scale === 0) return `${sign}${digits}`;
  const padded = digits.padStart(scale + 1, "0");
  const fraction = padded.slice(-scale).replace(/0+$/, "");
  return `${sign}${padded.slice(0, -scale)}${fraction === "" ? "" : `.${fraction}`}`;
}

export function dateCandidates(constants: readonly string[]): readonly string[] {
  const instants = [...new Set(constants.flatMap((text) => parseDate(text) ?? []))].toSorted(
    (left, right) => left - right,
  );
  const [first, last] = [instants[0] ?? 0, instants.at(-1) ?? 0];
  const between = instants.flatMap((low, index) => {
    const high = instants[index + 1];
    return high === undefined ? [] : [low + 1 < high ? Math.floor(low) + 1 : (low + high) / 2];
  });
  return [...instants, Math.ceil(first) - 1, Math.floor(last) + 1, ...between].map(dateText);
}

/** As a date where the calendar has four digits, else as seconds. */
function dateText(seconds: number): string {
  if (!Number.isInteger(seconds)) return String(seconds);
  const year = new Date(seconds * 1000).getUTCFullYear();
  return year >= 0 && year <= 9999 ? new Date(seconds * 1000).toISOString().replace(".000Z", "Z") : String(seconds);
}

export function secondsText(date: string): string {
  const seconds = parseDate(date) ?? 0;
  return seconds > 999 && seconds < 10_000 ? `${seconds}.0` : String(seconds);
}

export function addressCandidates(constants: readonly string[]): readonly string[] {
  const ranges = constants.flatMap((text) => parseIpRange(text) ?? []);
  const borders = (version: 4 | 6): readonly bigint[] => {
    const bits = version === 4 ? 32n : 128n;
    const found = ranges
      .filter((range) => range.version === version)
      .flatMap((range) => {
        const start = numberOf(range);
        return [start, start + (1n << (bits - BigInt(range.prefix)))];
      });
    return [...new Set(found)].filter((border) => border >= 0n && border < 1n << bits);
  };
  return [
    ...[...borders(4), 0xc6336401n, 0n].map((border) => addressText(border, 4)),
    // 2001:db8::1; after ::ffff:0:0/96, whose addresses are those of IPv4; the first.
    ...[...borders(6), 0x20010db8n * (1n << 96n) + 1n, 1n << 48n, 0n].map((border) => addressText(border, 6)),
  ];
}

function numberOf({ address }: IpRange): bigint {
  return address.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}

function addressText(address: bigint, version: 4 | 6): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  );
  const long = groups.join(":");
  const zeros = [...long.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)]
    .map(([found]) => found)
    .toSorted((left, right) => right.length - left.length)[0];
  if (zeros === undefined) return long;
  return long
    .replace(zeros, zeros.startsWith(":") ? ":" : "::")
    .replace(/^:(?!:)/, "::")
    .replace(/(?<!:):$/, "::");
}

/** Each constant, and one value that is none of them. */
export function binaryCandidates(constants: readonly string[]): readonly string[] {
  const lengths = constants.map((text) => decodeBase64(text)?.length ?? 0);
  return [...constants, "AAAA".repeat(Math.ceil(Math.max(0, ...lengths) / 3) + 1)];
}
