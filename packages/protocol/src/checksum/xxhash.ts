import { createXXHash128, createXXHash3, createXXHash64, type IHasher } from "hash-wasm";

const makers = { XXHASH64: createXXHash64, XXHASH3: createXXHash3, XXHASH128: createXXHash128 } as const;

export type XxhashAlgorithm = keyof typeof makers;

const hashers = new Map<string, IHasher>();
let loading: Promise<unknown> | undefined;

/**
 * WebAssembly compiles asynchronously, and longer than a command needs to start. So only a program that has to verify any checksum, as the
 * gateway does, waits for it once, when it starts; `createChecksum` needs it for the XXHASH algorithms alone.
 */
export async function loadChecksums(): Promise<void> {
  loading ??= Promise.all(
    Object.entries(makers).map(async ([algorithm, make]) => hashers.set(algorithm, await make())),
  );
  await loading;
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
