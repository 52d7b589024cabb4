import type { ChecksumAlgorithm } from "../sigv4/request-auth.ts";
import { checksumLength } from "./create-checksum.ts";

/**
 * An element of GF(2)[x] modulo the CRC's polynomial, reflected: the highest bit of `high` is the coefficient of x^0. CRCs of
 * 32 bits have no `low`. Words rather than a bigint: an object has up to 10,000 parts, and nothing else runs meanwhile.
 */
interface Remainder {
  readonly high: number;
  readonly low: number;
}

/** Reflected polynomials of the CRCs that can be put together from those of parts. */
const polynomials = {
  CRC32: { high: 0xedb88320, low: 0 },
  CRC32C: { high: 0x82f63b78, low: 0 },
  CRC64NVME: { high: 0x9a6c9329, low: 0xac4bc9b5 },
} as const satisfies Readonly<Record<string, Remainder>>;

export type CombinableAlgorithm = keyof typeof polynomials;

/** Whether the checksum of a whole object follows from those of its parts: FULL_OBJECT checksums of uploads need that. */
export function isCombinable(algorithm: ChecksumAlgorithm): algorithm is CombinableAlgorithm {
  return Object.hasOwn(polynomials, algorithm);
}

export interface PartChecksum {
  /** Base64. */
  readonly value: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The checksum of the whole object from those of its parts, base64: the sum so far is carried over as many zero bytes as
 * the next part has, and the next one is added. Multiplication in GF(2), as zlib's crc32_combine does.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#full-object-checksums
 */
export function combineChecksums(algorithm: CombinableAlgorithm, parts: readonly PartChecksum[]): string {
  let sum: Remainder = { high: 0, low: 0 };
  // All parts but the last usually have one size.
  let size = 0;
  let zeros = one;
  for (const part of parts) {
    if (part.size !== size) {
      size = part.size;
      zeros = zeroBytes(algorithm, size);
    }
    const { high, low } = multiply(sum, zeros, algorithm);
    const added = read(part.value);
    sum = { high: high ^ added.high, low: low ^ added.low };
  }
  return write(sum, checksumLength[algorithm]);
}

const one: Remainder = { high: 0x80000000, low: 0 };

function read(value: string): Remainder {
  const bytes = Buffer.alloc(8);
  Buffer.from(value, "base64").copy(bytes);
  return { high: bytes.readUInt32BE(0), low: bytes.readUInt32BE(4) };
}

function write({ high, low }: Remainder, length: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(high >>> 0, 0);
  bytes.writeUInt32BE(low >>> 0, 4);
  return bytes.subarray(0, length).toString("base64");
}

function multiply(left: Remainder, right: Remainder, algorithm: CombinableAlgorithm): Remainder {
  const polynomial = polynomials[algorithm];
  const long = checksumLength[algorithm] === 8;
  let high = 0;
  let low = 0;
  let { high: factorHigh, low: factorLow } = right;
  for (let bit = 0; bit < (long ? 64 : 32); bit += 1) {
    const word = bit < 32 ? left.high : left.low;
    if (((word >>> (31 - (bit & 31))) & 1) === 1) {
      high ^= factorHigh;
      low ^= factorLow;
    }
    const overflow = ((long ? factorLow : factorHigh) & 1) === 1;
    if (long) factorLow = (factorLow >>> 1) | (factorHigh << 31);
    factorHigh >>>= 1;
    if (overflow) {
      factorHigh ^= polynomial.high;
      factorLow ^= polynomial.low;
    }
  }
  return { high, low };
}

/** x^8, x^16, x^32, …: as many zero bytes as each power of two, worked out once. */
const powers: Readonly<Record<CombinableAlgorithm, Remainder[]>> = { CRC32: [], CRC32C: [], CRC64NVME: [] };

function power(algorithm: CombinableAlgorithm, exponent: number): Remainder {
  const known = powers[algorithm];
  let last = known.at(-1) ?? { high: 0x00800000, low: 0 };
  if (known.length === 0) known.push(last);
  while (known.length <= exponent) {
    last = multiply(last, last, algorithm);
    known.push(last);
  }
  return known[exponent] ?? last;
}

function zeroBytes(algorithm: CombinableAlgorithm, size: number): Remainder {
  let product = one;
  for (let rest = size, exponent = 0; rest >= 1; rest = Math.floor(rest / 2), exponent += 1) {
    if (rest % 2 === 1) product = multiply(product, power(algorithm, exponent), algorithm);
  }
  return product;
}
