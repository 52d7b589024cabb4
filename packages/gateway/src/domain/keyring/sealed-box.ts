import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const nonceLength = 12;
const tagLength = 16;

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
