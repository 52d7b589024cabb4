import { checksumAlgorithms, headerOf } from "@s3-credentials/protocol";

/** Whether the request has a checksum of its body that the gateway verifies. */
export function hasChecksum(headers: ReadonlyMap<string, string>): boolean {
  return (
    headers.has("content-md5") ||
    headers.has("x-amz-trailer") ||
    checksumAlgorithms.some((algorithm) => headers.has(headerOf(algorithm)))
  );
}
