import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { errorCode, StoreError } from "../../ports/store-error.ts";
import { readOwnFile } from "./own-file.ts";
import { writePrivateFile } from "./private-write.ts";

const length = 32;

/** The key that wraps the keyring, 32 random bytes in a file of its own; or why there is none. */
export function readKeyFile(path: string): Buffer | "missing" | "damaged" {
  try {
    const key = readOwnFile(path);
    return key.length === length ? key : "damaged";
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return "missing";
    if (cause instanceof StoreError) return "damaged";
    throw new StoreError("unavailable", `cannot read the key file ${path}`, { cause });
  }
}

/** Made with mode 0600; one that is there is replaced. */
export function makeKeyFile(path: string): Buffer {
  const key = randomBytes(length);
  // INVARIANT: durable before anything is sealed under it.
  writePrivateFile(path, key);
  return key;
}

/** As `readKeyFile`; made when `create` and missing. */
export function openKeyFile(path: string, create: boolean): Buffer {
  const found = readKeyFile(path);
  if (typeof found !== "string") return found;
  if (found === "missing" && create) return makeKeyFile(path);
  throw new StoreError(
    found === "missing" ? "conflict" : "corrupt",
    `the key file ${path} is ${found}: put it back from a copy, or see what is lost without it with: s3-credentials recover --data ${dirname(path)}`,
  );
}
