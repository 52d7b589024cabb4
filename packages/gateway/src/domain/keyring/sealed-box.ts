import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** A key for one purpose. https://www.rfc-editor.org/rfc/rfc5869 */
export function deriveKey(key: Buffer, purpose: string, salt: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, purpose, keyLength));
}

/** AES-256-GCM: nonce, ciphertext, tag. `label` is authenticated and not stored: a box opens only as what it was sealed as. */
export function seal(key: Buffer, label: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(label));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when anything about the box was altered, or it is another's. */
export function unseal(key: Buffer, label: string, box: Uint8Array): Buffer | undefined {
  if (box.length < nonceLength + tagLength) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(label));
  decipher.setAuthTag(box.subarray(box.length - tagLength));
  try {
    return Buffer.concat([decipher.update(box.subarray(nonceLength, box.length - tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}
