/** What an entry takes in memory, estimated in bytes. */
export interface Weight {
  readonly own: number;
  /** Objects that other entries may hold too: each counts once in the cache. */
  readonly shared?: ReadonlyMap<object, number>;
}

export interface BoundedCache<K, V> {
  get(key: K): V | undefined;
  /** What is heavier than the whole limit is not kept, and takes nobody's place. */
  set(key: K, value: V): void;
  /** The kept value, or a new one that is kept from now on. */
  of(key: K, make: (key: K) => V): V;
  clear(): void;
  /** Of all entries together. */
  readonly weight: number;
  readonly size: number;
  readonly uses: CacheUses;
}

/** What became of a cache since it was made. */
export interface CacheUses {
  readonly name: string;
  readonly hits: number;
  readonly misses: number;
  readonly weight: number;
  readonly size: number;
}

interface Entry<V> {
  readonly value: V;
  readonly weight: Weight;
  /** Since it came to its place in the order. */
  used: boolean;
}

/**
 * Limited by the weight of what it holds, not by its number: the entries used longest ago make room. `limit`: bytes. A use only marks the
 * entry, because to move it to the end of a `Map` costs more than to find it; a marked one is moved when its turn to make room comes.
 * `name`: for the operator, who sees how well it does.
 */
export function boundedCache<K, V extends object | string | number>(
  limit: number,
  weigh: (key: K, value: V) => Weight,
  name: string,
): BoundedCache<K, V> {
  const kept = new Map<K, Entry<V>>();
  const entriesHolding = new Map<object, number>();
  let weight = 0;
  let hits = 0;
  let misses = 0;

  const hold = (entry: Entry<V>): void => {
    weight += entry.weight.own;
    for (const [object, bytes] of entry.weight.shared ?? []) {
      const before = entriesHolding.get(object) ?? 0;
      if (before === 0) weight += bytes;
      entriesHolding.set(object, before + 1);
    }
  };
  const release = (key: K): void => {
    const entry = kept.get(key);
    if (entry === undefined) return;
    kept.delete(key);
    weight -= entry.weight.own;
    for (const [object, bytes] of entry.weight.shared ?? []) {
      const left = (entriesHolding.get(object) ?? 0) - 1;
      if (left > 0) entriesHolding.set(object, left);
      else {
        entriesHolding.delete(object);
        weight -= bytes;
      }
    }
  };
  const cache: BoundedCache<K, V> = {
    get(key) {
      const entry = kept.get(key);
      if (entry === undefined) {
        misses += 1;
        return undefined;
      }
      hits += 1;
      entry.used = true;
      return entry.value;
    },
    set(key, value) {
      release(key);
      const entry = { value, weight: weigh(key, value), used: false };
      if (sumOf(entry.weight) > limit) return;
      kept.set(key, entry);
      hold(entry);
      for (const [oldest, held] of kept) {
        if (weight <= limit) return;
        // The new one goes last of all.
        if (!held.used && held !== entry) release(oldest);
        else {
          held.used = false;
          kept.delete(oldest);
          kept.set(oldest, held);
        }
      }
    },
    of(key, make) {
      const known = cache.get(key);
      if (known !== undefined) return known;
      const made = make(key);
      cache.set(key, made);
      return made;
    },
    clear() {
      kept.clear();
      entriesHolding.clear();
      weight = 0;
    },
    get uses() {
      return { name, hits, misses, weight, size: kept.size };
    },
    get weight() {
      return weight;
    },
    get size() {
      return kept.size;
    },
  };
  caches.add(new WeakRef(cache));
  return cache;
}

/** Those of this process that are in use, for whoever looks at it from outside. */
const caches = new Set<WeakRef<{ readonly uses: CacheUses }>>();

export function usesOfCaches(): readonly CacheUses[] {
  return [...caches].flatMap((reference) => {
    const cache = reference.deref();
    if (cache === undefined) caches.delete(reference);
    return cache === undefined ? [] : [cache.uses];
  });
}

function sumOf({ own, shared }: Weight): number {
  let sum = own;
  for (const bytes of shared?.values() ?? []) sum += bytes;
  return sum;
}
