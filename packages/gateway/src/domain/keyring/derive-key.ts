import { hkdfSync } from "node:crypto";

const length = 32;

/** A key for one purpose. https://www.rfc-editor.org/rfc/rfc5869 */
export function deriveKey(key: Buffer, purpose: string, salt: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, purpose, length));
}
