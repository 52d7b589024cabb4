import { deriveKey, seal, unseal } from "./sealed-box.ts";

/** Secret access keys at rest: sealed under a key of their own, for SigV4 needs the secret itself. */
export interface AccessSecrets {
  seal(accessKeyId: string, secret: string): Buffer;
  /** Undefined when it does not open with this key file: the key is then as good as unknown. */
  open(accessKeyId: string, box: Uint8Array): string | undefined;
}

export function createAccessSecrets(keyFile: Buffer): AccessSecrets {
  const key = deriveKey(keyFile, "secret access keys");
  return {
    seal: (accessKeyId, secret) => seal(key, accessKeyId, Buffer.from(secret)),
    open: (accessKeyId, box) => unseal(key, accessKeyId, box)?.toString(),
  };
}
