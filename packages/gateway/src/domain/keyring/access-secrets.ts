import { deriveKey, seal, unseal } from "./sealed-box.ts";

/**
 * Secret access keys and the seeds of MFA devices are stored sealed, each under a key of their own. They cannot be hashed, because
 * Signature Version 4 and one-time codes need the secret itself.
 */
export interface AccessSecrets {
  seal(accessKeyId: string, secret: string): Buffer;
  /** Undefined when it does not open with this key file: the access key is then treated as unknown. */
  open(accessKeyId: string, box: Uint8Array): string | undefined;
  sealSeed(serialNumber: string, seed: Uint8Array): Buffer;
  /** Undefined when it does not open with this key file: no code of the device is right then. */
  openSeed(serialNumber: string, box: Uint8Array): Buffer | undefined;
}

export function createAccessSecrets(keyFile: Buffer): AccessSecrets {
  const key = deriveKey(keyFile, "secret access keys");
  const seedKey = deriveKey(keyFile, "MFA seeds");
  return {
    seal: (accessKeyId, secret) => seal(key, accessKeyId, Buffer.from(secret)),
    open: (accessKeyId, box) => unseal(key, accessKeyId, box)?.toString(),
    sealSeed: (serialNumber, seed) => seal(seedKey, serialNumber, seed),
    openSeed: (serialNumber, box) => unseal(seedKey, serialNumber, box),
  };
}
