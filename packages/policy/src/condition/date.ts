/**
 * Date operators: the W3C profile of ISO 8601, or seconds since 1970.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 * https://www.w3.org/TR/NOTE-datetime
 */
import type { Comparison, ConstantParser } from "./comparison.ts";
import { decimalDigit, readDigits } from "./digits.ts";

const PLUS = 0x2b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;

/** The most digits a fraction of a second may have, in both forms. */
const FRACTION_DIGITS = 9;

/**
 * Seconds since 1970-01-01T00:00:00Z, possibly with a fraction; undefined for anything else than `2026`, `2026-01`,
 * `2026-01-31`, `2026-01-31T12:00Z`, `2026-01-31T12:00:00.5+01:00` or a number of seconds.
 */
export function parseDate(text: string): number | undefined {
  const year = readDigits(text, 0, 4);
  // Four digits alone are a year, as W3C writes it; every other run of digits is epoch seconds.
  if (year < 0 || (text.length > 4 && text.charCodeAt(4) !== HYPHEN)) return parseEpoch(text);
  const month = text.length === 4 ? 1 : readDigits(text, 5, 2);
  if (text.length > 7 && text.charCodeAt(7) !== HYPHEN) return undefined;
  const day = text.length <= 7 ? 1 : readDigits(text, 8, 2);
  const days = daysSinceEpoch(year, month, day);
  if (days === undefined) return undefined;
  return text.length <= 10 ? days * 86_400 : addTime(days * 86_400, text, 10);
}

/** Up to three or five to twelve digits, with a fraction or without. */
function parseEpoch(text: string): number | undefined {
  const dot = digitsEnd(text, 0);
  if (dot === 0 || dot === 4 || dot > 12) return undefined;
  if (dot === text.length) return Number(text);
  if (text.charCodeAt(dot) !== DOT) return undefined;
  const end = digitsEnd(text, dot + 1);
  const fraction = end - dot - 1;
  return end === text.length && fraction > 0 && fraction <= FRACTION_DIGITS ? Number(text) : undefined;
}

/** What `Thh:mm[:ss[.fraction]]` and the zone after it, from `from` to the end, come to after `midnight`. */
function addTime(midnight: number, text: string, from: number): number | undefined {
  if (text.charCodeAt(from) !== T) return undefined;
  const minutes = readMinutes(text, from + 1);
  if (minutes < 0) return undefined;
  let at = from + 6;
  let seconds = midnight + minutes * 60;
  if (text.charCodeAt(at) === COLON) {
    const second = readDigits(text, at + 1, 2);
    if (second < 0 || second > 59) return undefined;
    seconds += second;
    at += 3;
    if (text.charCodeAt(at) === DOT) {
      const end = digitsEnd(text, at + 1);
      const digits = end - at - 1;
      if (digits < 1 || digits > FRACTION_DIGITS) return undefined;
      seconds += readDigits(text, at + 1, digits) / 10 ** digits;
      at = end;
    }
  }
  const sign = text.charCodeAt(at);
  if (sign === Z) return at + 1 === text.length ? seconds : undefined;
  if (sign !== PLUS && sign !== HYPHEN) return undefined;
  const offset = readMinutes(text, at + 1);
  if (offset < 0 || at + 6 !== text.length) return undefined;
  return seconds - (sign === HYPHEN ? -offset : offset) * 60;
}

/** `hh:mm` in minutes, of a time or of a zone; -1 for anything else. */
function readMinutes(text: string, at: number): number {
  const hours = readDigits(text, at, 2);
  const minutes = readDigits(text, at + 3, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return -1;
  return text.charCodeAt(at + 2) === COLON ? hours * 60 + minutes : -1;
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && decimalDigit(text.charCodeAt(end)) >= 0) end += 1;
  return end;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days of the year before each month, without a leap day. */
const DAYS_BEFORE = MONTH_DAYS.map((_, month) => MONTH_DAYS.slice(0, month).reduce((sum, days) => sum + days, 0));

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Proleptic Gregorian, without `Date`: its two-digit years mean 19xx and its overflowing days roll over. */
function daysSinceEpoch(year: number, month: number, day: number): number | undefined {
  const monthDays = MONTH_DAYS[month - 1];
  const daysBefore = DAYS_BEFORE[month - 1];
  if (monthDays === undefined || daysBefore === undefined) return undefined;
  if (day < 1 || day > (month === 2 && isLeap(year) ? 29 : monthDays)) return undefined;
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const leapDay = month > 2 && isLeap(year) ? 1 : 0;
  const yearZeroToEpoch = 719_162; // days from 0001-01-01 to 1970-01-01
  return before * 365 + leaps + daysBefore + leapDay + day - 1 - yearZeroToEpoch;
}

export function compareDates(accept: Comparison): ConstantParser {
  return (constant) => {
    const expected = parseDate(constant);
    if (expected === undefined) return undefined;
    return (value) => {
      const actual = parseDate(value);
      if (actual === undefined) return undefined;
      return accept(actual < expected ? -1 : actual > expected ? 1 : 0);
    };
  };
}
