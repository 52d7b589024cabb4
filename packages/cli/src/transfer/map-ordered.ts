export interface MapOrderedLimits {
  /** Pieces of work under way at once. */
  readonly concurrency: number;
  /**
   * Items taken from the source whose results are not handed over yet. Larger than `concurrency`, so that one long piece
   * of work does not hold up the many short ones behind it; it bounds the memory.
   */
  readonly window: number;
}

/**
 * Works on the items of a source in parallel and yields the results in the order of the items, whichever ends first.
 * Nothing is taken from the source before there is room. When a piece of work fails, no more is taken, the others are
 * waited for and its error is thrown; when the source fails, the results of what it gave come first.
 */
export async function* mapOrdered<Item, Result>(
  source: AsyncIterable<Item>,
  limits: MapOrderedLimits,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const items = source[Symbol.asyncIterator]();
  const results: Promise<Result>[] = [];
  const running = new Set<Promise<unknown>>();
  let ended: "no" | "end" | { readonly error: unknown } = "no";
  try {
    while (true) {
      while (ended === "no" && results.length < limits.window && !(await isSettled(results[0]))) {
        while (running.size >= limits.concurrency) await Promise.race(running);
        try {
          const next = await items.next();
          if (next.done === true) ended = "end";
          else results.push(tracked(work(next.value), running));
        } catch (error) {
          ended = { error };
        }
      }
      const head = results.shift();
      if (head === undefined) break;
      yield await head;
    }
  } finally {
    await Promise.allSettled(results);
    await items.return?.();
  }
  if (typeof ended === "object") throw ended.error;
}

function tracked<Result>(result: Promise<Result>, running: Set<Promise<unknown>>): Promise<Result> {
  const settled: Promise<unknown> = result.then(
    () => running.delete(settled),
    () => running.delete(settled),
  );
  running.add(settled);
  return result;
}

const pending = Symbol("pending");

async function isSettled(result: Promise<unknown> | undefined): Promise<boolean> {
  if (result === undefined) return false;
  return (await Promise.race([result, Promise.resolve(pending)]).catch(() => undefined)) !== pending;
}

/** The items one by one, as an asynchronous source. */
export async function* eachOf<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** The items of a source, of which so many are asked for before they are wanted. */
export async function* ahead<Item>(source: AsyncIterable<Item>, count: number): AsyncGenerator<Item> {
  const items = source[Symbol.asyncIterator]();
  const next = (): Promise<IteratorResult<Item, unknown>> => {
    const result = items.next();
    // It is thrown where the item would have come.
    result.catch(() => {});
    return result;
  };
  const asked = Array.from({ length: count }, next);
  try {
    for (let head = await asked.shift(); head !== undefined && head.done !== true; head = await asked.shift()) {
      asked.push(next());
      yield head.value;
    }
  } finally {
    await items.return?.();
  }
}
