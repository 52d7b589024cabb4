import { useEffect, useState } from "react";

/** A frame has 16 ms; keys and clicks are answered between two slices. */
const sliceMs = 12;

export interface Sliced<T> {
  readonly items: readonly T[];
  readonly isDone: boolean;
}

const nothing: Sliced<never> = { items: [], isDone: false };

/**
 * What a long computation gives, as it comes, while the page stays live. It has no worker: to start one takes a Trusted Types policy, and the
 * page has none. `start` begins it anew whenever it is another function; undefined: not yet. Throws what the computation throws.
 */
export function useInSlices<T>(start: (() => Iterable<T>) | undefined): Sliced<T> {
  const [state, setState] = useState<Sliced<T>>(nothing);
  const [fault, setFault] = useState<{ readonly error: unknown }>();
  useEffect(() => {
    setState(nothing);
    if (start === undefined) return undefined;
    let stopped = false;
    const run = async (): Promise<void> => {
      const items: T[] = [];
      let until = performance.now() + sliceMs;
      for (const item of start()) {
        items.push(item);
        if (performance.now() < until) continue;
        setState({ items: [...items], isDone: false });
        await nextTask();
        if (stopped) return;
        until = performance.now() + sliceMs;
      }
      setState({ items, isDone: true });
    };
    run().catch((error: unknown) => setFault({ error }));
    return () => {
      stopped = true;
    };
  }, [start]);
  if (fault !== undefined) throw fault.error;
  return state;
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
