import { useEffect, useState } from "react";

/** A frame has 16 ms; keys and clicks are answered between two slices. */
const sliceMs = 12;
/** What is there is shown less often: to lay out a large table takes longer than a slice. */
const shownMs = 250;

export interface Sliced<T> {
  readonly items: readonly T[];
  readonly isDone: boolean;
}

type Start<T> = () => Iterable<T | undefined>;

const nothing: Sliced<never> = { items: [], isDone: false };

/**
 * What a long computation gives, as it comes, while the page stays live. It has no worker: to start one takes a Trusted Types policy, and the
 * page has none. `start` begins it anew whenever it is another function; undefined: not yet. The computation gives undefined where it has
 * found nothing, so that the page gets its turn. Throws what the computation throws.
 */
export function useInSlices<T>(start: Start<T> | undefined): Sliced<T> {
  const [state, setState] = useState<Sliced<T> & { readonly of?: Start<T> }>(nothing);
  const [fault, setFault] = useState<{ readonly error: unknown }>();
  useEffect(() => {
    if (start === undefined) return undefined;
    let stopped = false;
    const run = async (): Promise<void> => {
      const items: T[] = [];
      let until = performance.now() + sliceMs;
      let showAt = until;
      for (const item of start()) {
        if (item !== undefined) items.push(item);
        if (performance.now() < until) continue;
        if (performance.now() > showAt) {
          setState({ of: start, items: [...items], isDone: false });
          showAt = performance.now() + shownMs;
        }
        await nextTask();
        if (stopped) return;
        until = performance.now() + sliceMs;
      }
      setState({ of: start, items, isDone: true });
    };
    run().catch((error: unknown) => setFault({ error }));
    return () => {
      stopped = true;
    };
  }, [start]);
  if (fault !== undefined) throw fault.error;
  // What another computation gave is not shown as this one's.
  return state.of === start ? state : nothing;
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
