import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { CombinableAlgorithm } from "@s3-credentials/protocol";
import { limits, partSize } from "./limits.ts";

/** What the first answer says of the whole object. */
export interface Promised {
  /** Bytes; a service may leave it out. */
  readonly size?: number;
  readonly checksum?: PromisedChecksum;
}

/**
 * `whole`: a CRC of all bytes (base64), which follows from those of ranges. `parts`: the object was sent in so many parts,
 * each with a checksum of its own. `other`: one that only reading from the first byte to the last gives.
 */
export type PromisedChecksum =
  | { readonly kind: "whole"; readonly algorithm: CombinableAlgorithm; readonly value: string }
  | { readonly kind: "parts"; readonly count: number }
  | { readonly kind: "other" };

/** What is asked for, of an object that is fetched in several requests. */
export type Part = { readonly Range: string } | { readonly PartNumber: number };

/** Checksums of a whole object that those of its parts cannot be combined to. */
const otherChecksums = [
  "ChecksumSHA1",
  "ChecksumSHA256",
  "ChecksumSHA512",
  "ChecksumMD5",
  "ChecksumXXHASH3",
  "ChecksumXXHASH64",
  "ChecksumXXHASH128",
] as const;

type Answered = Pick<
  GetObjectCommandOutput,
  "ContentLength" | "ChecksumCRC32" | "ChecksumCRC32C" | "ChecksumCRC64NVME" | (typeof otherChecksums)[number]
>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax */
export function promisedOf(answer: Answered): Promised {
  const checksum = checksumOf(answer);
  return {
    ...(answer.ContentLength === undefined ? {} : { size: answer.ContentLength }),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

function checksumOf(answer: Answered): PromisedChecksum | undefined {
  const crcs = { CRC64NVME: answer.ChecksumCRC64NVME, CRC32: answer.ChecksumCRC32, CRC32C: answer.ChecksumCRC32C };
  const others = otherChecksums.map((name) => answer[name]);
  const values = [...Object.values(crcs), ...others].filter((value) => value !== undefined);
  // A checksum of checksums ends in the number of parts, whether or not the service names its type.
  const count = values.map((value) => /-(\d+)$/.exec(value)?.[1]).find((digits) => digits !== undefined);
  if (count !== undefined) return { kind: "parts", count: Number(count) };
  for (const algorithm of ["CRC64NVME", "CRC32", "CRC32C"] as const) {
    const value = crcs[algorithm];
    if (value !== undefined) return { kind: "whole", algorithm, value };
  }
  return values.length > 0 ? { kind: "other" } : undefined;
}

/** The requests that together give a large object, in its order; none for one that is better fetched at once. */
export function partsOf({ size, checksum }: Promised): readonly Part[] | undefined {
  if (size === undefined || size <= limits.whole || checksum?.kind === "other") return undefined;
  if (checksum?.kind === "parts") {
    return Array.from({ length: checksum.count }, (_, index) => ({ PartNumber: index + 1 }));
  }
  const length = Math.max(limits.whole, partSize(size));
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => ({
    Range: `bytes=${index * length}-${Math.min(size, (index + 1) * length) - 1}`,
  }));
}
