import type { KmsKey, KmsKeys } from "../../ports/kms-keys.ts";
import { deriveKey } from "./sealed-box.ts";

/** A key of `--kms-key NAME=FILE`: 32 random bytes. */
export interface LocalKey {
  readonly name: string;
  readonly secret: Buffer;
}

export interface LocalKmsKeys extends KmsKeys {
  /** Wraps data keys; undefined when the gateway does not have the key. */
  secret(arn: string): Buffer | undefined;
}

/**
 * The id of a key follows from its bytes, in the form of a UUID. So a name that gets another file is another key, and an object says which
 * key it needs wherever its data folder goes.
 */
export function createKmsKeys(keys: readonly LocalKey[], region: string, accountId: string): LocalKmsKeys {
  const prefix = `arn:aws:kms:${region}:${accountId}:`;
  const byName = new Map<string, KmsKey>();
  const secrets = new Map<string, Buffer>();
  for (const { name, secret } of keys) {
    const id = idOf(secret);
    secrets.set(id, deriveKey(secret, "data keys"));
    const key = { arn: `${prefix}key/${id}` };
    for (const known of [`alias/${name}`, `${prefix}alias/${name}`, id, key.arn]) byName.set(known, key);
  }
  return { find: (name) => byName.get(name), secret: (arn) => secrets.get(arn.slice(arn.indexOf("/") + 1)) };
}

function idOf(secret: Buffer): string {
  const hex = deriveKey(secret, "key id").toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
