import type { S3Client } from "@aws-sdk/client-s3";
import { createChecksum } from "@s3-credentials/protocol";

/** Whether uploads carry a CRC32, as the SDK does it unless its configuration says only where a checksum is required. */
export async function sendsChecksums(s3: S3Client): Promise<boolean> {
  return (await s3.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
}

/** Base64. */
export function crc32Of(bytes: Uint8Array): string {
  const sum = createChecksum("CRC32");
  sum.update(bytes);
  return sum.digest().toString("base64");
}
