import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { ObjectEncryption } from "../../ports/object-version.ts";

const saltLength = 16;

/** What is kept of a customer's key, so that another key is known to be another. The key cannot be found from it. */
export function customerKeyCheck(key: Uint8Array): string {
  const salt = randomBytes(saltLength);
  return Buffer.concat([salt, proofOf(salt, key)]).toString("base64");
}

export function isCustomerKey({ check }: Extract<ObjectEncryption, { kind: "SSE-C" }>, key: Uint8Array): boolean {
  const bytes = Buffer.from(check, "base64");
  const proof = proofOf(bytes.subarray(0, saltLength), key);
  return bytes.length === saltLength + proof.length && timingSafeEqual(bytes.subarray(saltLength), proof);
}

function proofOf(salt: Uint8Array, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update("customer key").update(salt).digest();
}

/**
 * Whether a copy may have the very bytes of its source on the disk. Those of a customer's key are encrypted anew.
 * INVARIANT: the bytes of a version are encrypted as the version says.
 */
export function sharesBytes(source: ObjectEncryption | undefined, target: ObjectEncryption | undefined): boolean {
  if (source === undefined || target === undefined) return source === target;
  if (source.kind === "SSE-KMS")
    return target.kind === "SSE-KMS" && source.keyArn === target.keyArn && source.context === target.context;
  return source.kind === "SSE-S3" && target.kind === "SSE-S3";
}

/**
 * Of an object or part that is written as a whole. "Objects encrypted by SSE-C or SSE-KMS have ETags that are not an MD5 digest of their
 * object data."
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function etagOf(encryption: ObjectEncryption | undefined, md5: Uint8Array): string {
  const isDigest = encryption === undefined || encryption.kind === "SSE-S3";
  return Buffer.from(isDigest ? md5 : randomBytes(16)).toString("hex");
}
