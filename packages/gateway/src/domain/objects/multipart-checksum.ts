import { type PartChecksum, combineChecksums, compositeChecksum, isCombinable } from "@s3-credentials/protocol";
import type { StoredChecksum } from "../../ports/object-version.ts";
import type { SummedPart, Upload } from "../../ports/upload.ts";

/**
 * The checksum of a completed upload: of the kind asked for when it was begun, else a full-object CRC64NVME.
 * `mismatch`: a part was sent with another algorithm, or the kind does not exist for this algorithm.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function multipartChecksum(
  asked: Upload["checksum"],
  parts: readonly SummedPart[],
): StoredChecksum | undefined | "mismatch" {
  const algorithm = asked?.algorithm ?? "CRC64NVME";
  if (parts.some((part) => part.checksum.algorithm !== algorithm)) return asked === undefined ? undefined : "mismatch";
  const type = asked?.type ?? "FULL_OBJECT";
  if (type === "COMPOSITE") {
    if (algorithm === "CRC64NVME") return "mismatch";
    return {
      algorithm,
      type,
      value: compositeChecksum(
        algorithm,
        parts.map((part) => part.checksum.value),
      ),
    };
  }
  if (!isCombinable(algorithm)) return "mismatch";
  const sums: readonly PartChecksum[] = parts.map((part) => ({ value: part.checksum.value, size: part.size }));
  return { algorithm, type, value: combineChecksums(algorithm, sums) };
}
