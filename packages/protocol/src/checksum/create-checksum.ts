/**
 * S3's checksums. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
import { Crc32c } from "@aws-crypto/crc32c";
import { Crc64Nvme } from "@aws-sdk/crc64-nvme";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ChecksumAlgorithm } from "../sigv4/request-auth.ts";

export interface Checksum {
  update(octets: Uint8Array): void;
  /** Once, at the end. */
  digest(): Promise<Buffer>;
}

/** Octets of each algorithm's digest. */
export const checksumLength = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const satisfies Record<
  ChecksumAlgorithm,
  number
>;

export const checksumAlgorithms = Object.keys(checksumLength) as readonly ChecksumAlgorithm[];

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(checksumLength, name);
}

/** Whether the text is base64 of a digest of this algorithm. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const octets = Buffer.from(value, "base64");
  return octets.length === checksumLength[algorithm] && octets.toString("base64") === value;
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === "CRC64NVME") return createCrc64();
  const sum = syncChecksum(algorithm);
  return { update: sum.update, digest: () => Promise.resolve(sum.digest()) };
}

interface SyncChecksum {
  readonly update: (octets: Uint8Array) => void;
  readonly digest: () => Buffer;
}

function syncChecksum(algorithm: Exclude<ChecksumAlgorithm, "CRC64NVME">): SyncChecksum {
  if (algorithm === "SHA1" || algorithm === "SHA256") {
    const hash = createHash(algorithm.toLowerCase());
    return { update: (octets) => void hash.update(octets), digest: () => hash.digest() };
  }
  if (algorithm === "CRC32C") {
    const sum = new Crc32c();
    return { update: (octets) => void sum.update(octets), digest: () => fromWord(sum.digest()) };
  }
  let sum = 0;
  return {
    update(octets) {
      sum = crc32(octets, sum);
    },
    digest: () => fromWord(sum),
  };
}

/** The digest of the digests of an object's parts, base64, with `-N`; CRC64NVME has none. */
export function compositeChecksum(
  algorithm: Exclude<ChecksumAlgorithm, "CRC64NVME">,
  partValues: readonly string[],
): string {
  const sum = syncChecksum(algorithm);
  for (const value of partValues) sum.update(Buffer.from(value, "base64"));
  return `${sum.digest().toString("base64")}-${partValues.length}`;
}

function fromWord(word: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(word >>> 0);
  return octets;
}

function createCrc64(): Checksum {
  const sum = new Crc64Nvme();
  return { update: (octets) => sum.update(octets), digest: async () => Buffer.from(await sum.digest()) };
}
