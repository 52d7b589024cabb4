/** Bytes; a body that is longer waits for its place. */
const largeBytes = 64 * 1024;

/** Of one gateway, whose processes share them. A body that is being parsed is in memory several times over. */
const limits = { atOnce: 2, waiting: 32, waitingOfOneCaller: 8 } as const;

/** Of the request whose body it is. */
export interface BodySender {
  readonly callerKey: string;
  readonly signal: AbortSignal;
}

/** Admits large bodies, a few at a time, and those of one caller one after the other. */
export interface LargeBodies {
  /**
   * Undefined: too many are waiting already, or too many of this caller; the client has to come again. Rejects with the signal's
   * reason when the client leaves while its body waits.
   */
  parse<T>(bytes: number, sender: BodySender, work: () => Promise<T>): Promise<T | undefined>;
}

interface Waiting {
  readonly sender: BodySender;
  readonly start: () => void;
}

/** `workers`: processes of the gateway. */
export function createLargeBodies(workers = 1): LargeBodies {
  const shareOf = (limit: number): number => Math.ceil(limit / workers);
  const queue: Waiting[] = [];
  /** Callers whose bodies are being parsed, each as often as it has one. */
  const parsing: string[] = [];
  const count = (callers: readonly string[], caller: string): number => callers.filter((one) => one === caller).length;
  const enter = async (sender: BodySender): Promise<boolean> => {
    const { callerKey, signal } = sender;
    if (parsing.length < shareOf(limits.atOnce)) {
      parsing.push(callerKey);
      return true;
    }
    const own = queue.filter((one) => one.sender.callerKey === callerKey).length;
    if (queue.length >= shareOf(limits.waiting) || own >= shareOf(limits.waitingOfOneCaller)) return false;
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting = {
        sender,
        start: () => {
          signal.removeEventListener("abort", leave);
          parsing.push(callerKey);
          resolve();
        },
      };
      queue.push(waiting);
      signal.addEventListener("abort", leave, { once: true });
    });
    return true;
  };
  const leave = (caller: string): void => {
    parsing.splice(parsing.indexOf(caller), 1);
    // A caller that has no body here goes before one that has, so that nobody makes others wait with many bodies.
    const next =
      queue.find(({ sender }) => count(parsing, sender.callerKey) === 0 && sender.callerKey !== caller) ?? queue[0];
    if (next === undefined) return;
    queue.splice(queue.indexOf(next), 1);
    next.start();
  };
  return {
    async parse(bytes, sender, work) {
      if (bytes <= largeBytes) return work();
      sender.signal.throwIfAborted();
      if (!(await enter(sender))) return undefined;
      try {
        return await work();
      } finally {
        leave(sender.callerKey);
      }
    },
  };
}
