import { setImmediate } from "node:timers/promises";

/** Bytes; what is longer waits for its turn. */
const largeBytes = 64 * 1024;

/** Of one gateway: parsing is work of the thread that answers everybody. */
const limits = { atOnce: 2, waiting: 32, waitingOfOneCaller: 8 } as const;

/** Lets other requests go on; awaited between two slices of a body. */
export type Pause = () => Promise<void>;

/** The way in for bodies that take long to parse: a few at a time, in the order they came, in slices. */
export interface LargeBodies {
  /** Undefined: too many are waiting already, or too many of this caller; the client has to come again. */
  parse<T>(bytes: number, caller: string, work: (pause: Pause) => Promise<T>): Promise<T | undefined>;
}

export function createLargeBodies(): LargeBodies {
  const queue: { readonly caller: string; readonly start: () => void }[] = [];
  let running = 0;
  const enter = async (caller: string): Promise<boolean> => {
    if (running < limits.atOnce) {
      running += 1;
      return true;
    }
    const own = queue.filter((one) => one.caller === caller).length;
    if (queue.length >= limits.waiting || own >= limits.waitingOfOneCaller) return false;
    // Who leaves gives its place to the next, so `running` does not change.
    await new Promise<void>((start) => queue.push({ caller, start }));
    return true;
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next.start();
  };
  return {
    async parse(bytes, caller, work) {
      const pause: Pause = () => setImmediate();
      if (bytes <= largeBytes) return work(pause);
      if (!(await enter(caller))) return undefined;
      try {
        return await work(pause);
      } finally {
        leave();
      }
    },
  };
}
