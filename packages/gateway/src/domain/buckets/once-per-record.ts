import type { BucketRecord } from "../../ports/bucket-registry.ts";

/**
 * Reads something out of a bucket's record once: a record is the same object until its bucket changes. `more` is what the first reading is
 * done with.
 */
export function oncePerRecord<T, More extends readonly unknown[] = []>(
  read: (bucket: BucketRecord, ...more: More) => T,
): (bucket: BucketRecord, ...more: More) => T {
  const known = new WeakMap<BucketRecord, { readonly value: T }>();
  return (bucket, ...more) => {
    const found = known.get(bucket) ?? { value: read(bucket, ...more) };
    known.set(bucket, found);
    return found.value;
  };
}
