import { checksumLength } from "./create-checksum.ts";

/** Reflected polynomials of the CRCs that can be put together from those of parts. */
const polynomials = { CRC32: 0xedb88320n, CRC32C: 0x82f63b78n, CRC64NVME: 0x9a6c9329ac4bc9b5n } as const;

export type CombinableAlgorithm = keyof typeof polynomials;

export interface PartChecksum {
  /** Base64. */
  readonly value: string;
  /** Octets. */
  readonly size: number;
}

/**
 * The checksum of the whole object from those of its parts, base64: the sum so far is carried over as many zero octets as
 * the next part has, and the next one is added. Multiplication in GF(2), as zlib's crc32_combine does.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#full-object-checksums
 */
export function combineChecksums(algorithm: CombinableAlgorithm, parts: readonly PartChecksum[]): string {
  const octets = checksumLength[algorithm];
  const bits = BigInt(octets * 8);
  const polynomial = polynomials[algorithm];
  let sum = 0n;
  for (const { value, size } of parts) {
    const part = BigInt(`0x${Buffer.from(value, "base64").toString("hex") || "0"}`);
    sum = multiply(sum, powerOfX(BigInt(size) * 8n, polynomial, bits), polynomial, bits) ^ part;
  }
  return Buffer.from(sum.toString(16).padStart(octets * 2, "0"), "hex").toString("base64");
}

/** Reflected representation: the highest bit is the coefficient of x^0. */
function multiply(left: bigint, right: bigint, polynomial: bigint, bits: bigint): bigint {
  let product = 0n;
  let factor = right;
  for (let bit = bits - 1n; bit >= 0n; bit -= 1n) {
    if (((left >> bit) & 1n) === 1n) product ^= factor;
    factor = (factor & 1n) === 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
  }
  return product;
}

function powerOfX(exponent: bigint, polynomial: bigint, bits: bigint): bigint {
  let result = 1n << (bits - 1n);
  let square = 1n << (bits - 2n);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(result, square, polynomial, bits);
    square = multiply(square, square, polynomial, bits);
  }
  return result;
}
