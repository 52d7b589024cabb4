import { describe, expect, test } from "vitest";
import { base32, stepOfCode, synchronize, totpCode } from "./totp.ts";

const seed = Buffer.from("12345678901234567890");
const now = 1_800_000_000_000;
const step = now / 30_000;

test("codes are those of RFC 6238, appendix B, cut to six digits", () => {
  const times = [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000];
  expect(times.map((time) => totpCode(seed, Math.floor(time / 30)))).toEqual([
    "287082",
    "081804",
    "050471",
    "005924",
    "279037",
    "353130",
  ]);
});

test("base32 is that of RFC 4648", () => {
  expect(base32(seed)).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  expect(["f", "fo", "foo", "foob", "fooba", ""].map((text) => base32(Buffer.from(text)))).toEqual([
    "MY",
    "MZXQ",
    "MZXW6",
    "MZXW6YQ",
    "MZXW6YTB",
    "",
  ]);
});

test("a code counts in its own step and in the ones beside it, by the device's clock", () => {
  const found = (of: number, drift = 0) => stepOfCode(seed, totpCode(seed, of), now, drift);
  expect([-2, -1, 0, 1, 2].map((by) => found(step + by))).toEqual([undefined, step - 1, step, step + 1, undefined]);
  expect([39, 40, 42].map((by) => found(step + by, 40))).toEqual([step + 39, step + 40, undefined]);
  for (const code of ["", "12345", "1234567", "abcdef", "１２３４５６"])
    expect(stepOfCode(seed, code, now, 0)).toBeUndefined();
});

describe("two codes", () => {
  const pair = (first: number, second: number) =>
    synchronize(seed, [totpCode(seed, first), totpCode(seed, second)], now);

  test("show the device's clock when they are consecutive", () => {
    expect(pair(step - 1, step)).toEqual({ lastStep: step, drift: 0 });
    expect(pair(step, step + 1)).toEqual({ lastStep: step + 1, drift: 0 });
    expect(pair(step - 2, step - 1)).toEqual({ lastStep: step - 1, drift: 0 });
    expect(pair(step - 3, step - 2)).toEqual({ lastStep: step - 2, drift: -2 });
    expect(pair(step + 40, step + 41)).toEqual({ lastStep: step + 41, drift: 41 });
    expect(pair(step - 120, step - 119)).toEqual({ lastStep: step - 119, drift: -119 });
  });

  test("show nothing when they are the same, apart, turned around, or of another hour", () => {
    for (const [first, second] of [
      [step, step],
      [step - 2, step],
      [step, step - 1],
      [step + 121, step + 122],
      [step - 122, step - 121],
    ] as const)
      expect(pair(first, second)).toBeUndefined();
  });
});
