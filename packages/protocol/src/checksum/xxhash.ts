import type { IHasher } from "hash-wasm";

export type XxhashAlgorithm = "XXHASH64" | "XXHASH3" | "XXHASH128";

const hashers = new Map<XxhashAlgorithm, IHasher>();
let loading: Promise<void> | undefined;

/**
 * WebAssembly compiles asynchronously, and longer than a command needs to start. So the gateway waits for it once, when it starts, and a
 * command when an object has such a checksum; `createChecksum` needs it for the XXHASH algorithms alone.
 */
export async function loadChecksums(): Promise<void> {
  loading ??= load();
  await loading;
}

async function load(): Promise<void> {
  const { createXXHash128, createXXHash3, createXXHash64 } = await import("hash-wasm");
  hashers.set("XXHASH64", await createXXHash64());
  hashers.set("XXHASH3", await createXXHash3());
  hashers.set("XXHASH128", await createXXHash128());
}

/**
 * The seed is 0 and the digest is in network byte order, as the SDKs send it. One hasher serves all bodies of an algorithm, because it is
 * made asynchronously and this function is not; each body has its own state, which is less than 1 KiB.
 */
export function createXxhash(algorithm: XxhashAlgorithm): {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
} {
  const hasher = hashers.get(algorithm);
  if (hasher === undefined) throw new Error("loadChecksums has not ended");
  let state = hasher.init().save();
  return {
    update(bytes) {
      state = hasher.load(state).update(bytes).save();
    },
    digest: () => Buffer.from(hasher.load(state).digest("binary")),
  };
}
