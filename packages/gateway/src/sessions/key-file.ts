import { hkdfSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { StoreError } from "../ports/store-error.ts";
import { writePrivateFile } from "./private-write.ts";

const length = 32;

/** The key that wraps the keyring, 32 random octets in a file of its own (0600); made when `create` and absent. */
export function openKeyFile(path: string, create: boolean): Buffer {
  try {
    const key = readFileSync(path);
    if (key.length === length) return key;
    throw new StoreError("corrupt", `the key file ${path} is damaged`);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const absent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (!absent || !create) throw new StoreError("unavailable", `cannot read the key file ${path}`, { cause });
  }
  const key = randomBytes(length);
  // INVARIANT: durable before anything is sealed under it.
  writePrivateFile(path, key);
  return key;
}

/** A key for one purpose. https://www.rfc-editor.org/rfc/rfc5869 */
export function deriveKey(key: Buffer, purpose: string, salt: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, purpose, length));
}
