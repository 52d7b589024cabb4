import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conditionOf, contextOf } from "../test/scenario.ts";
import { decodeBase64 } from "./binary.ts";
import { parseDate } from "./date.ts";
import { evaluateCondition } from "./evaluate-condition.ts";
import { testIpAddress } from "./ip-address.ts";
import { compareNumbers } from "./numeric.ts";
import { comparisons } from "./comparison.ts";
import { operators } from "./operators.ts";
import { negate, type Outcome } from "./outcome.ts";
import { plainIpAddress } from "../test/plain-parsers.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 300);
const KEY = "aws:TestKey";

const word = fc.stringMatching(/^[ab*?]{0,3}$/);
const words = fc.array(word, { minLength: 1, maxLength: 3 });
const request = fc.option(fc.oneof(word, fc.array(word, { maxLength: 3 })), { nil: undefined });

function ask(operator: string, policy: readonly string[], values: string | readonly string[] | undefined): Outcome {
  return evaluateCondition(
    conditionOf(operator, KEY, policy),
    contextOf(values === undefined ? {} : { [KEY]: values }),
  );
}

const pairs = [
  ["StringEquals", "StringNotEquals"],
  ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
  ["StringLike", "StringNotLike"],
] as const;

describe("string conditions", () => {
  test.each(pairs)("%s and %s are opposites wherever the key is there", (positive, negative) => {
    fc.assert(
      fc.property(words, request, (policy, values) => {
        expect(ask(negative, policy, values)).toBe(negate(ask(positive, policy, values)));
      }),
      { numRuns },
    );
  });

  test.each(pairs)("ForAllValues:%s holds exactly when ForAnyValue:%s does not", (positive, negative) => {
    fc.assert(
      fc.property(words, request, (policy, values) => {
        expect(ask(`ForAllValues:${positive}`, policy, values)).toBe(
          negate(ask(`ForAnyValue:${negative}`, policy, values)),
        );
        expect(ask(`ForAllValues:${negative}`, policy, values)).toBe(
          negate(ask(`ForAnyValue:${positive}`, policy, values)),
        );
      }),
      { numRuns },
    );
  });

  test("IfExists differs only for a missing key", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs.flat()),
        words,
        fc.oneof(word, fc.array(word, { minLength: 1 })),
        (operator, policy, values) => {
          expect(ask(`${operator}IfExists`, policy, values)).toBe(ask(operator, policy, values));
          expect(ask(`${operator}IfExists`, policy, undefined)).toBe("match");
        },
      ),
      { numRuns },
    );
  });
});

describe("numbers", () => {
  test("compare as integers of any size", () => {
    const integer = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });
    fc.assert(
      fc.property(integer, integer, fc.integer({ min: 0, max: 30 }), (left, right, zeros) => {
        const written = `${left}.${"0".repeat(zeros + 1)}`;
        expect(compareNumbers(comparisons.less)(String(right))?.(written)).toBe(left < right);
        expect(compareNumbers(comparisons.equal)(written)?.(`${left}`)).toBe(true);
      }),
      { numRuns },
    );
  });
});

describe("dates", () => {
  test("agree with the platform's parser", () => {
    const date = fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (instant) => {
        const text = instant.toISOString();
        expect(parseDate(text)).toBeCloseTo(instant.getTime() / 1000, 3);
        expect(parseDate(text.slice(0, 10))).toBe(Date.parse(text.slice(0, 10)) / 1000);
      }),
      { numRuns },
    );
  });
});

describe("base64", () => {
  test("decodes what was encoded, and refuses what would not encode to the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 12 }), (bytes, text) => {
        expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(new Uint8Array(bytes));
        const decoded = decodeBase64(text);
        if (decoded !== undefined) expect(Buffer.from(decoded).toString("base64")).toBe(text);
      }),
      { numRuns },
    );
  });
});

describe("IP ranges", () => {
  const toBits = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");

  test("hold the addresses that share the prefix's bits", () => {
    const v4 = fc.tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }));
    const v6 = fc.tuple(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 }));
    fc.assert(
      fc.property(fc.oneof(v4, v6), ([network, address, prefix]) => {
        const left = plainIpAddress(network);
        const right = plainIpAddress(address);
        if (left === undefined || right === undefined) throw new Error("a generated address was refused");
        fc.pre(left.length === right.length && (left.length === 16 || !network.includes(":")));
        const same = toBits(left).slice(0, prefix) === toBits(right).slice(0, prefix);
        expect(testIpAddress(`${network}/${prefix}`)?.(address)).toBe(same);
        expect(testIpAddress(`${network}/${prefix}`)?.(network)).toBe(true);
      }),
      { numRuns },
    );
  });
});

describe("any operator", () => {
  test("answers any request without throwing", () => {
    const constant = {
      string: "a*",
      numeric: "1",
      date: "2026",
      bool: "true",
      binary: "QQ==",
      "ip-address": "::/0",
      arn: "*",
      null: "true",
    };
    const values = fc.option(fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.string({ unit: "binary" }))), {
      nil: undefined,
    });
    const set = fc.constantFrom("", "ForAllValues:", "ForAnyValue:");
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.entries(operators)),
        set,
        fc.constantFrom("", "IfExists"),
        values,
        ([name, row], qualifier, suffix, found) => {
          const operator = name === "Null" ? name : `${qualifier}${name}${suffix}`;
          expect(["match", "miss", "indeterminate"]).toContain(ask(operator, [constant[row.family]], found));
        },
      ),
      { numRuns },
    );
  });
});
