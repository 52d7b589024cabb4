import { deriveKey, seal, unseal } from "./sealed-box.ts";

/**
 * Secret access keys are stored sealed under a key of their own. They cannot be hashed, because Signature Version 4 needs the secret
 * itself.
 */
export interface AccessSecrets {
  seal(accessKeyId: string, secret: string): Buffer;
  /** Undefined when it does not open with this key file: the access key is then treated as unknown. */
  open(accessKeyId: string, box: Uint8Array): string | undefined;
}

export function createAccessSecrets(keyFile: Buffer): AccessSecrets {
  const key = deriveKey(keyFile, "secret access keys");
  return {
    seal: (accessKeyId, secret) => seal(key, accessKeyId, Buffer.from(secret)),
    open: (accessKeyId, box) => unseal(key, accessKeyId, box)?.toString(),
  };
}
