import { Xxh3_128, Xxh3_64, Xxh64 } from "@aws-sdk/checksums/xxh";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ChecksumAlgorithm } from "../sigv4/request-auth.ts";
import { type CombinableAlgorithm, combineChecksums, type PartChecksum } from "./combine-checksums.ts";
import {
  checksumAlgorithms,
  checksumLength,
  compositeChecksum,
  createChecksum,
  isChecksumAlgorithm,
  isChecksumValue,
} from "./create-checksum.ts";
import { loadChecksums, type XxhashAlgorithm } from "./xxhash.ts";

await loadChecksums();

const runs = Number(process.env["TEST_RUNS"] ?? 200);
const combinable = ["CRC32", "CRC32C", "CRC64NVME"] as const;

function sum(algorithm: ChecksumAlgorithm, pieces: readonly Uint8Array[]): Buffer {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return checksum.digest();
}

/** Bit by bit, from the parameters of the catalogue of CRCs: reflected, all ones at both ends. */
function byDefinition(algorithm: CombinableAlgorithm, bytes: Uint8Array): Buffer {
  const polynomial = { CRC32: 0xedb88320n, CRC32C: 0x82f63b78n, CRC64NVME: 0x9a6c9329ac4bc9b5n }[algorithm];
  const length = checksumLength[algorithm];
  const ones = (1n << BigInt(length * 8)) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return Buffer.from((crc ^ ones).toString(16).padStart(length * 2, "0"), "hex");
}

/** What node's own implementation says, or the definition; of XXHASH, whose others are below, that of the whole. */
function known(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  switch (algorithm) {
    case "MD5":
    case "SHA1":
    case "SHA256":
    case "SHA512":
      return createHash(algorithm.toLowerCase()).update(bytes).digest();
    case "CRC32": {
      const word = Buffer.alloc(4);
      word.writeUInt32BE(crc32(bytes));
      return word;
    }
    case "XXHASH3":
    case "XXHASH64":
    case "XXHASH128":
      return sum(algorithm, [bytes]);
    default:
      return byDefinition(algorithm, bytes);
  }
}

const bytes = fc.uint8Array({ maxLength: 300 });
const pieces = fc.array(bytes, { maxLength: 5 });

describe.each(checksumAlgorithms)("%s", (algorithm) => {
  test("in any pieces it is that of the whole, as others compute it", () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const whole = Buffer.concat(given);
        const expected = known(algorithm, whole).toString("base64");
        expect(sum(algorithm, given).toString("base64")).toBe(expected);
        expect(sum(algorithm, [whole]).toString("base64")).toBe(expected);
        expect(isChecksumValue(algorithm, expected)).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  test("only canonical base64 of its length is a value", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          bytes.map((some) => Buffer.from(some).toString("base64")),
        ),
        (text) => {
          const decoded = Buffer.from(text, "base64");
          const valid = decoded.length === checksumLength[algorithm] && decoded.toString("base64") === text;
          expect(isChecksumValue(algorithm, text)).toBe(valid);
        },
      ),
      { numRuns: runs },
    );
    const value = Buffer.alloc(checksumLength[algorithm], 0xfb).toString("base64");
    expect(isChecksumValue(algorithm, value)).toBe(true);
    for (const wrong of [` ${value}`, `${value}\n`, value.replace(/=+$/, ""), value.replaceAll("+", "-"), `${value}-2`])
      expect(isChecksumValue(algorithm, wrong), wrong).toBe(wrong === value);
  });
});

/** Each has a way of its own up to 16, 128 and 240 bytes, and blocks of 1,024 beyond. */
test.each([
  ["XXHASH64", Xxh64],
  ["XXHASH3", Xxh3_64],
  ["XXHASH128", Xxh3_128],
] as const)("%s as the SDK computes it", async (algorithm: XxhashAlgorithm, Theirs) => {
  const lengths = [0, 1, 3, 4, 8, 9, 16, 17, 32, 128, 129, 240, 241, 1023, 1024, 1025, 65_537, 200_000];
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) >> 3));
  for (const length of lengths) {
    const bytes = content.subarray(0, length);
    const theirs = new Theirs();
    theirs.update(bytes);
    const cut = Math.floor(length / 3);
    const ours = sum(algorithm, [bytes.subarray(0, cut), bytes.subarray(cut)]);
    expect(ours.toString("hex"), `${length}`).toBe(Buffer.from(await theirs.digest()).toString("hex"));
  }
});

test("names", () => {
  for (const algorithm of checksumAlgorithms) {
    expect(isChecksumAlgorithm(algorithm)).toBe(true);
    expect(isChecksumAlgorithm(algorithm.toLowerCase())).toBe(false);
  }
  for (const other of ["", "XXHASH32", "SHA384", "constructor", "__proto__"])
    expect(isChecksumAlgorithm(other)).toBe(false);
});

/** Of nothing, and check values: https://reveng.sourceforge.io/crc-catalogue/all.htm */
test.each([
  ["CRC32", "", "00000000"],
  ["CRC32C", "", "00000000"],
  ["CRC64NVME", "", "0000000000000000"],
  ["CRC32", "123456789", "cbf43926"],
  ["CRC32C", "123456789", "e3069283"],
  ["CRC64NVME", "123456789", "ae8b14860a799888"],
] as const)("%s of %j", (algorithm, text, hex) => {
  expect(sum(algorithm, [Buffer.from(text)]).toString("hex")).toBe(hex);
  if (algorithm !== "CRC32") expect(byDefinition(algorithm, Buffer.from(text)).toString("hex")).toBe(hex);
});

/** The window that bytes are copied through is 64 KiB, a round 16 bytes: lengths about them, and slices that begin anywhere. */
test.each(["CRC32C", "CRC64NVME"] as const)("%s over the window's edge", (algorithm) => {
  const content = Buffer.from(Array.from({ length: 131_200 }, (_, at) => (at * 7919) >> 3));
  for (const length of [65_535, 65_536, 65_537, 65_552, 131_071, 131_073]) {
    const bytes = content.subarray(length % 7, (length % 7) + length);
    expect(sum(algorithm, [bytes]).toString("hex"), `${length}`).toBe(byDefinition(algorithm, bytes).toString("hex"));
  }
});

test.each(checksumAlgorithms)("%s of two bodies at once, in turns", (algorithm) => {
  fc.assert(
    fc.property(pieces, pieces, (first, second) => {
      const sums = [createChecksum(algorithm), createChecksum(algorithm)] as const;
      for (let turn = 0; turn < Math.max(first.length, second.length); turn += 1) {
        sums[0].update(first[turn] ?? new Uint8Array());
        sums[1].update(second[turn] ?? new Uint8Array());
      }
      expect(sums.map((one) => one.digest().toString("hex"))).toEqual(
        [first, second].map((given) => known(algorithm, Buffer.concat(given)).toString("hex")),
      );
    }),
    { numRuns: runs },
  );
});

describe.each(checksumAlgorithms.filter((algorithm) => algorithm !== "CRC64NVME"))("a composite of %s", (algorithm) => {
  test("is the digest of the parts' digests with their number", () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 5 }), (parts) => {
        const digests = parts.map((part) => known(algorithm, part));
        const values = digests.map((digest) => digest.toString("base64"));
        const whole = known(algorithm, Buffer.concat(digests)).toString("base64");
        expect(compositeChecksum(algorithm, values)).toBe(`${whole}-${parts.length}`);
      }),
      { numRuns: runs },
    );
  });
});

describe.each(combinable)("%s of a whole object", (algorithm) => {
  const part = (content: Uint8Array): PartChecksum => ({
    value: known(algorithm, content).toString("base64"),
    size: content.length,
  });
  const ofZeros = (value: string, size: number): PartChecksum => ({ value, size });
  const zero = Buffer.alloc(checksumLength[algorithm]).toString("base64");

  test("from its parts, empty ones and equal sizes among them", () => {
    const sized = fc.oneof(bytes, fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.constant(new Uint8Array()));
    fc.assert(
      fc.property(fc.array(sized, { maxLength: 8 }), (parts) => {
        expect(combineChecksums(algorithm, parts.map(part))).toBe(
          known(algorithm, Buffer.concat(parts)).toString("base64"),
        );
      }),
      { numRuns: runs },
    );
  });

  test("from no parts, and from one", () => {
    expect(combineChecksums(algorithm, [])).toBe(zero);
    const only = part(Buffer.from("only"));
    expect(combineChecksums(algorithm, [only])).toBe(only.value);
  });

  test("in steps it is the same", () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 2, maxLength: 6 }), fc.nat(), (parts, where) => {
        const at = where % parts.length;
        const [left, right] = [parts.slice(0, at), parts.slice(at)].map((some) => ({
          value: combineChecksums(algorithm, some.map(part)),
          size: some.reduce((total, { length }) => total + length, 0),
        }));
        if (left === undefined || right === undefined) throw new Error("two halves");
        expect(combineChecksums(algorithm, [left, right])).toBe(combineChecksums(algorithm, parts.map(part)));
      }),
      { numRuns: runs },
    );
  });

  test("sizes beyond 32 bits: carried over in one step or in two", () => {
    fc.assert(
      fc.property(bytes, fc.maxSafeNat(), fc.maxSafeNat(), (content, first, second) => {
        fc.pre(Number.isSafeInteger(first + second));
        const start = part(content);
        const once = combineChecksums(algorithm, [start, ofZeros(zero, first + second)]);
        expect(combineChecksums(algorithm, [start, ofZeros(zero, first), ofZeros(zero, second)])).toBe(once);
      }),
      { numRuns: runs },
    );
  });

  test("another order or size is another checksum", () => {
    const [left, right] = [part(Buffer.from("left part")), part(Buffer.from("right"))];
    const whole = combineChecksums(algorithm, [left, right]);
    expect(combineChecksums(algorithm, [right, left])).not.toBe(whole);
    expect(combineChecksums(algorithm, [left, { ...right, size: right.size + 1 }])).not.toBe(whole);
  });
});
