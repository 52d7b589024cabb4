import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  type CombinableAlgorithm,
  headerOf,
} from "@s3-credentials/protocol";
import { limits, partSize } from "./limits.ts";

/** What the first answer says of the whole object. */
export interface Promised {
  /** Bytes; a service may leave it out. */
  readonly size?: number;
  readonly checksum?: PromisedChecksum;
}

/**
 * `whole`: a CRC of all bytes (base64), which follows from those of ranges. `parts`: the object was sent in so many parts,
 * each with a checksum of its own. `other`: one that only reading from the first byte to the last gives, or none that can be.
 */
export type PromisedChecksum =
  | { readonly kind: "whole"; readonly algorithm: CombinableAlgorithm; readonly value: string }
  | { readonly kind: "parts"; readonly count: number }
  | { readonly kind: "other" };

/** What is asked for, of an object that is fetched in several requests. */
export type Part = { readonly range: string } | { readonly partNumber: number };

type Headers = Readonly<Record<string, string>>;

const checksumHeaders = checksumAlgorithms.map((algorithm) => [algorithm, headerOf(algorithm)] as const);

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax */
export function promisedOf(headers: Headers): Promised {
  const length = headers["content-length"];
  const checksum = promisedChecksum(headers);
  return {
    ...(length === undefined ? {} : { size: Number(length) }),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

/** Of exactly the bytes of an answer: base64. */
export function checksumOfBody(
  headers: Headers,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  return checksumsOf(headers).find(({ value }) => partCount(value) === undefined);
}

function checksumsOf(headers: Headers) {
  return checksumHeaders.flatMap(([algorithm, name]) => {
    const value = headers[name];
    return value === undefined ? [] : [{ algorithm, value }];
  });
}

/** A checksum of checksums ends in the number of parts, whether or not the service names its type. */
function partCount(value: string): number | undefined {
  const digits = /-(\d+)$/.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function promisedChecksum(headers: Headers): PromisedChecksum | undefined {
  const all = checksumsOf(headers);
  const count = all.map(({ value }) => partCount(value)).find((number) => number !== undefined);
  // No object has more parts. A service that says so must not fill the memory with requests for them.
  if (count !== undefined) return count >= 1 && count <= limits.parts ? { kind: "parts", count } : { kind: "other" };
  for (const preferred of ["CRC64NVME", "CRC32", "CRC32C"] as const) {
    const found = all.find(({ algorithm }) => algorithm === preferred);
    if (found !== undefined) return { kind: "whole", algorithm: preferred, value: found.value };
  }
  return all.length > 0 ? { kind: "other" } : undefined;
}

/** The requests that together give a large object, in its order; none for one that is better fetched at once. */
export function partsOf({ size, checksum }: Promised): readonly Part[] | undefined {
  if (size === undefined || size <= limits.whole || checksum?.kind === "other") return undefined;
  if (checksum?.kind === "parts") {
    return Array.from({ length: checksum.count }, (_, index) => ({ partNumber: index + 1 }));
  }
  const length = Math.max(limits.whole, partSize(size));
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => ({
    range: `bytes=${index * length}-${Math.min(size, (index + 1) * length) - 1}`,
  }));
}
