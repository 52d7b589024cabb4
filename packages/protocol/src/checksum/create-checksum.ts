/**
 * S3's checksums. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
import { createHash, hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ChecksumAlgorithm } from "../sigv4/request-auth.ts";
import { createCrcKernel, type CrcKernel } from "./crc-kernel.ts";
import { createXxhash } from "./xxhash.ts";

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Once, at the end. */
  digest(): Buffer;
}

/** Bytes of each algorithm's digest. */
export const checksumLength = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  XXHASH3: 8,
  XXHASH64: 8,
  XXHASH128: 16,
} as const satisfies Record<ChecksumAlgorithm, number>;

export const checksumAlgorithms = Object.keys(checksumLength) as readonly ChecksumAlgorithm[];

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(checksumLength, name);
}

/** Whether the text is base64 of a digest of this algorithm. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, "base64");
  return bytes.length === checksumLength[algorithm] && bytes.toString("base64") === value;
}

/** The XXHASH algorithms need `loadChecksums` first. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case "MD5":
    case "SHA1":
    case "SHA256":
    case "SHA512": {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
    case "CRC32":
      return createCrc32();
    case "XXHASH3":
    case "XXHASH64":
    case "XXHASH128":
      return createXxhash(algorithm);
    default:
      return createCrc(algorithm);
  }
}

/** Of bytes that are all there. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  switch (algorithm) {
    case "MD5":
    case "SHA1":
    case "SHA256":
    case "SHA512":
      return hash(algorithm.toLowerCase(), bytes, "buffer");
    default: {
      const sum = createChecksum(algorithm);
      sum.update(bytes);
      return sum.digest();
    }
  }
}

/** Node has this one itself. */
function createCrc32(): Checksum {
  let sum = 0;
  return {
    update(bytes) {
      sum = crc32(bytes, sum);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes;
    },
  };
}

/** Reflected, all ones at both ends. https://reveng.sourceforge.io/crc-catalogue/all.htm */
const polynomials = { CRC32C: 0x82f63b78n, CRC64NVME: 0x9a6c9329ac4bc9b5n } as const;
const kernels = new Map<keyof typeof polynomials, CrcKernel>();

function createCrc(algorithm: keyof typeof polynomials): Checksum {
  const kernel = kernels.get(algorithm) ?? createCrcKernel(polynomials[algorithm]);
  kernels.set(algorithm, kernel);
  const bits = checksumLength[algorithm] * 8;
  const ones = BigInt.asUintN(bits, -1n);
  let state = ones;
  return {
    update(bytes) {
      state = kernel(state, bytes);
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(state ^ ones);
      return bytes.subarray(8 - checksumLength[algorithm]);
    },
  };
}

/** The digest of the digests of an object's parts, base64, with `-N`; CRC64NVME has none. */
export function compositeChecksum(
  algorithm: Exclude<ChecksumAlgorithm, "CRC64NVME">,
  partValues: readonly string[],
): string {
  const sum = createChecksum(algorithm);
  for (const value of partValues) sum.update(Buffer.from(value, "base64"));
  return `${sum.digest().toString("base64")}-${partValues.length}`;
}
