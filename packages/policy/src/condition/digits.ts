/** The value of an ASCII digit by its code unit, or -1. The hand-written parsers of this folder use it. */

export function decimalDigit(unit: number): number {
  return unit >= 0x30 && unit <= 0x39 ? unit - 0x30 : -1;
}

export function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The number that `count` digits from `at` on write (at most fifteen, so it is exact), or -1 when they are not all there. */
export function readDigits(text: string, at: number, count: number): number {
  if (at + count > text.length) return -1;
  let number = 0;
  for (let index = at; index < at + count; index += 1) {
    const digit = decimalDigit(text.charCodeAt(index));
    if (digit < 0) return -1;
    number = number * 10 + digit;
  }
  return number;
}
