/**
 * `BinaryEquals`: byte for byte against base64 in the policy. A context holds the value of a binary key as base64 too.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals
 */
import type { ValueTest } from "./comparison.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard alphabet with padding (RFC 4648, 4), unused bits zero. Decoded here: this package has neither Buffer nor atob. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  const digits = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let bits = 0;
  let pending = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 6) | ALPHABET.indexOf(digit)) & 0xfff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes[at] = (bits >> pending) & 0xff;
      at += 1;
    }
  }
  const unused = bits & ((1 << pending) - 1);
  return unused === 0 ? bytes : undefined;
}

export function testBinary(constant: string): ValueTest | undefined {
  const expected = decodeBase64(constant);
  if (expected === undefined) return undefined;
  return (value) => {
    const actual = decodeBase64(value);
    if (actual === undefined) return undefined;
    return actual.length === expected.length && actual.every((byte, index) => byte === expected[index]);
  };
}
