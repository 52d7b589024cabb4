/**
 * Numeric operators: integers and decimals, compared exactly.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
 */
import type { Comparison, ConstantParser } from "./comparison.ts";

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

/** Compares a request's number with the policy's; undefined when the request's value is no number. */
export function compareNumbers(accept: Comparison): ConstantParser {
  return (constant) => {
    const expected = parseDecimal(constant);
    if (expected === undefined) return undefined;
    return (value) => {
      const actual = parseDecimal(value);
      if (actual === undefined) return undefined;
      const delta = difference(actual, expected);
      return accept(delta < 0n ? -1 : delta > 0n ? 1 : 0);
    };
  };
}
