/** The parsers of condition values against plain ones, on texts that are nearly what they read. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { comparisons } from "./comparison.ts";
import { parseDate } from "./date.ts";
import { parseIpRange, testIpAddress } from "./ip-address.ts";
import { compareNumbers, parseDecimal, parseSmallInteger } from "./numeric.ts";
import {
  plainContains,
  plainDate,
  plainDecimal,
  plainDifference,
  plainIpAddress,
  plainIpRange,
} from "../test/plain-parsers.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 3000);
const settings = { numRuns };

/** A text with a few characters replaced, dropped or put in: most parsers err one character away from what they accept. */
function nearly(texts: fc.Arbitrary<string>, units: string): fc.Arbitrary<string> {
  const unit = fc.constantFrom("", ...units);
  const edit = fc.tuple(fc.nat(45), fc.nat(2), unit);
  return fc
    .tuple(texts, fc.array(edit, { maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((edited, [at, dropped, put]) => edited.slice(0, at) + put + edited.slice(at + dropped), text),
    );
}

const joined = (units: string, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...units), { maxLength }).map((all) => all.join(""));

describe("IP addresses and ranges", () => {
  const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 10, 255, 256)), { minLength: 3, maxLength: 5 });
  const dotted = bytes.map((all) => all.join("."));
  const groups = fc.array(fc.constantFrom("0", "1", "ffff", "FFFF", "0ab", "", "12345"), { maxLength: 9 });
  const long = fc.tuple(groups, fc.constantFrom("", "::", ":"), fc.oneof(fc.constant(""), dotted));
  const mapped = dotted.map((address) => `::ffff:${address}`);
  const written = fc.oneof(
    dotted,
    mapped,
    fc.ipV4(),
    fc.ipV6(),
    long.map(([all, between, tail]) => all.join(":") + between + tail),
    joined("01f:.", 24),
  );
  const address = nearly(written, "019afF:./ g");
  const prefix = fc.oneof(fc.nat(130).map(String), fc.constantFrom("", "0", "00", "96", "08", "128", "1000", "-1"));
  const range = fc.oneof(
    address,
    nearly(
      fc.tuple(written, prefix).map((both) => both.join("/")),
      "019afF:./",
    ),
  );

  test("a range is what it plainly is, its first address first", () => {
    fc.assert(
      fc.property(range, (text) => {
        const plain = plainIpRange(text);
        const found = parseIpRange(text);
        expect(found?.prefix).toBe(plain?.prefix);
        if (plain === undefined || found === undefined) return;
        expect(found.version).toBe(plain.address.length === 4 ? 4 : 6);
        expect(plainContains(plain, found.address)).toBe(true);
        const bits = found.address.map((byte) => byte.toString(2).padStart(8, "0")).join("");
        expect(bits.slice(found.prefix)).not.toContain("1");
      }),
      settings,
    );
  });

  test("a range holds the addresses it plainly holds", () => {
    const near = fc.tuple(range, fc.oneof(address, fc.constant("")));
    let held = 0;
    fc.assert(
      fc.property(near, fc.nat(45), ([text, other], cut) => {
        const asked = other === "" ? text.slice(0, text.indexOf("/") < 0 ? cut : text.indexOf("/")) : other;
        const plain = plainIpRange(text);
        const value = plainIpAddress(asked);
        const expected = plain === undefined || value === undefined ? undefined : plainContains(plain, value);
        held += expected === true ? 1 : 0;
        expect(testIpAddress(text)?.(asked)).toBe(expected);
      }),
      settings,
    );
    expect(held).toBeGreaterThan(numRuns / 100);
  });
});

describe("dates", () => {
  const two = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.nat(61)).map((number) => String(number).padStart(2, "0"));
  const year = fc.oneof(
    fc.constantFrom("0000", "0001", "1900", "2000", "2024", "2026", "9999"),
    fc.nat(9999).map(String),
  );
  const zone = fc.oneof(
    fc.constantFrom("Z", "", "z"),
    fc.tuple(fc.constantFrom("+", "-"), two, two).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
  );
  const fraction = fc.oneof(
    fc.constant(""),
    fc.nat().map((digits) => `.${digits}`),
  );
  const full = fc
    .tuple(year, two, two, two, two, two, fraction, zone)
    .map(([y, mo, d, h, mi, s, f, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}${z}`);
  const cut = fc.tuple(full, fc.nat(35), zone).map(([text, end, tail]) => text.slice(0, end) + tail);
  const epoch = fc.oneof(
    fc.nat().map(String),
    fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.nat()).map((both) => both.join(".")),
  );
  const text = nearly(
    fc.oneof(
      full,
      full,
      cut,
      epoch,
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    ),
    "0129-+:.TZ",
  );

  test("are the same number of seconds, to the last bit", () => {
    let valid = 0;
    fc.assert(
      fc.property(text, (date) => {
        valid += plainDate(date) === undefined ? 0 : 1;
        expect(parseDate(date)).toBe(plainDate(date));
      }),
      settings,
    );
    expect(valid).toBeGreaterThan(numRuns / 20);
  });
});

describe("numbers", () => {
  const written = fc.oneof(
    fc.integer({ min: -20, max: 20 }).map(String),
    fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String),
    fc.constantFrom("-0", "+0", "0.0", "1e2", "100", "100.00", "1e-2", "999999999999999", "1000000000000000"),
    joined("01.-+eE", 8),
  );
  const number = nearly(written, "019.-+e ");

  test("compare as they plainly do", () => {
    fc.assert(
      fc.property(number, number, (constant, value) => {
        const left = plainDecimal(value);
        const right = plainDecimal(constant);
        const delta = left === undefined || right === undefined ? undefined : plainDifference(left, right);
        expect(compareNumbers(comparisons.less)(constant)?.(value)).toBe(delta === undefined ? undefined : delta < 0n);
        expect(compareNumbers(comparisons.equal)(constant)?.(value)).toBe(
          delta === undefined ? undefined : delta === 0n,
        );
      }),
      settings,
    );
  });

  test("a small integer is the decimal it plainly is", () => {
    fc.assert(
      fc.property(number, (text) => {
        const small = parseSmallInteger(text);
        const decimal = parseDecimal(text);
        if (small === undefined) return;
        expect(decimal).toEqual({ units: BigInt(small), scale: 0 });
        expect(Number.isSafeInteger(small)).toBe(true);
      }),
      settings,
    );
  });
});
