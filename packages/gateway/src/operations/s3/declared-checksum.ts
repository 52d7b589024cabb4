import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  combineChecksums,
  compositeChecksum,
  headerOf,
  isChecksumAlgorithm,
  isChecksumValue,
  isCombinable,
} from "@s3-credentials/protocol";
import type { StoredChecksum } from "../../ports/object-version.ts";
import type { Part, Upload } from "../../ports/upload.ts";
import { type Refusal, refuse } from "../operation.ts";
import type { S3Request } from "./s3-request.ts";

/** What a CompleteMultipartUpload says of the object it makes; all of it must hold before it is made. */
export interface DeclaredObject {
  readonly checksum: Pick<StoredChecksum, "algorithm" | "value"> | undefined;
  readonly type: string | undefined;
  /** Bytes. */
  readonly size: number | undefined;
}

/** What `readDeclared` reads beside the checksums. */
export const declaredMembers = ["x-amz-mp-object-size", "x-amz-checksum-type"] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function readDeclared({ headers }: S3Request): DeclaredObject | Refusal {
  const sizeText = headers.get("x-amz-mp-object-size");
  if (sizeText !== undefined && !/^\d{1,15}$/.test(sizeText))
    return refuse("InvalidRequest", "Value for x-amz-mp-object-size header is invalid.");
  const sent = checksumAlgorithms.filter((algorithm) => headers.has(headerOf(algorithm)));
  const [algorithm, more] = sent;
  if (more !== undefined)
    return refuse(
      "InvalidRequest",
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  const value = algorithm === undefined ? undefined : headers.get(headerOf(algorithm))?.replace(/-\d{1,5}$/, "");
  if (algorithm !== undefined && (value === undefined || !isChecksumValue(algorithm, value)))
    return refuse("InvalidRequest", `Value for ${headerOf(algorithm)} header is invalid.`);
  return {
    checksum: algorithm === undefined || value === undefined ? undefined : { algorithm, value },
    type: headers.get("x-amz-checksum-type")?.toUpperCase(),
    size: sizeText === undefined ? undefined : Number(sizeText),
  };
}

/** `x-amz-checksum-algorithm`: the algorithm of the checksum that the new object gets. */
export function readChecksumAlgorithm({ headers }: S3Request): ChecksumAlgorithm | undefined | Refusal {
  const name = headers.get("x-amz-checksum-algorithm")?.toUpperCase();
  if (name === undefined || isChecksumAlgorithm(name)) return name;
  return refuse(
    "InvalidRequest",
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumAlgorithms.join(", ")}]`,
  );
}

export function hasDeclared({ checksum, type, size }: DeclaredObject): boolean {
  return checksum !== undefined || type !== undefined || size !== undefined;
}

/** What was declared and does not hold for these parts, which are in the order of the completed object. */
export function declaredMismatch(
  declared: DeclaredObject,
  upload: Upload,
  parts: readonly Part[],
): Refusal | undefined {
  const type = upload.checksum?.type ?? "FULL_OBJECT";
  if (declared.type !== undefined && declared.type !== type)
    return refuse(
      "InvalidRequest",
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (declared.size !== undefined && declared.size !== size)
    return refuse(
      "InvalidRequest",
      `The provided 'x-amz-mp-object-size' header does not match what was computed: ${size}`,
    );
  const { checksum } = declared;
  if (checksum !== undefined && parts.some((part) => part.checksum === undefined))
    return refuse(
      "NotImplemented",
      "The storage behind this bucket keeps no checksums of parts, so the checksum of the whole object cannot be verified.",
    );
  if (checksum === undefined || valueOf(checksum.algorithm, type, parts) === checksum.value) return undefined;
  return refuse("BadDigest", `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
}

/** Without the `-N` of a composite; undefined when the parts were not summed with this algorithm or type. */
function valueOf(
  algorithm: StoredChecksum["algorithm"],
  type: StoredChecksum["type"],
  parts: readonly Part[],
): string | undefined {
  const sums = parts.map(({ checksum }) => checksum);
  if (sums.some((checksum) => checksum?.algorithm !== algorithm)) return undefined;
  if (type === "COMPOSITE") {
    const values = sums.map((checksum) => checksum?.value ?? "");
    return algorithm === "CRC64NVME" ? undefined : compositeChecksum(algorithm, values).replace(/-\d+$/, "");
  }
  if (!isCombinable(algorithm)) return undefined;
  return combineChecksums(
    algorithm,
    parts.map(({ checksum, size }) => ({ value: checksum?.value ?? "", size })),
  );
}
