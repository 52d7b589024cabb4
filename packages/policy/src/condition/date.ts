/**
 * Date operators: the W3C profile of ISO 8601, or seconds since 1970.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 * https://www.w3.org/TR/NOTE-datetime
 */
import type { Comparison, ConstantParser } from "./comparison.ts";

const ISO = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?)?)?$/;
/** Four digits alone are a year, as W3C writes it; every other run of digits is epoch seconds. */
const EPOCH = /^(?:\d{1,3}|\d{5,12})(?:\.\d{1,9})?$/;

/** Seconds since 1970-01-01T00:00:00Z, possibly with a fraction; undefined for anything else than a date. */
export function parseDate(text: string): number | undefined {
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
