/**
 * Numeric operators: integers and decimals, compared exactly.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
 */
import type { Comparison, ConstantParser } from "./comparison.ts";
import { readDigits } from "./digits.ts";

/** `units` × 10^-`scale`: exact, because 64-bit floats confuse neighbouring integers above 2^53. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

export function parseDecimal(text: string): Decimal | undefined {
  const found = DECIMAL.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  const units = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  const shifted = scale < 0 ? units * 10n ** BigInt(-scale) : units;
  return { units: sign === "-" ? -shifted : shifted, scale: Math.max(scale, 0) };
}

function difference(left: Decimal, right: Decimal): bigint {
  const scale = Math.max(left.scale, right.scale);
  return left.units * 10n ** BigInt(scale - left.scale) - right.units * 10n ** BigInt(scale - right.scale);
}

const HYPHEN = 0x2d;
/** Below 2^53, so numbers of as many digits are exact. */
const EXACT_DIGITS = 15;

/** An integer that a float holds exactly, which is nearly every number of a request; undefined for any other text. */
export function parseSmallInteger(text: string): number | undefined {
  const sign = text.charCodeAt(0) === HYPHEN ? 1 : 0;
  const digits = text.length - sign;
  if (digits < 1 || digits > EXACT_DIGITS) return undefined;
  const size = readDigits(text, sign, digits);
  if (size < 0) return undefined;
  return sign === 0 ? size : -size;
}

/** Compares a request's number with the policy's; undefined when the request's value is not a number. */
export function compareNumbers(accept: Comparison): ConstantParser {
  return (constant) => {
    const expected = parseDecimal(constant);
    if (expected === undefined) return undefined;
    const expectedInteger = parseSmallInteger(constant);
    return (value) => {
      const integer = expectedInteger === undefined ? undefined : parseSmallInteger(value);
      if (integer !== undefined && expectedInteger !== undefined)
        return accept(integer < expectedInteger ? -1 : integer > expectedInteger ? 1 : 0);
      const actual = parseDecimal(value);
      if (actual === undefined) return undefined;
      const delta = difference(actual, expected);
      return accept(delta < 0n ? -1 : delta > 0n ? 1 : 0);
    };
  };
}
