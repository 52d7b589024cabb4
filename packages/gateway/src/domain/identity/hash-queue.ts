import type { PasswordRequester } from "../../ports/password-store.ts";

/** Sign-ins and administration take turns, so that a flood of guesses does not keep an administrator from setting a password. */
export type HashLane = PasswordRequester["lane"];

export interface QueueLimits {
  /** Hashes of one requester that wait. */
  readonly perRequester: number;
  /** Requesters that wait, in each lane. */
  readonly requesters: number;
}

type Lane = Map<string, (() => void)[]>;

/**
 * One hash at a time, because each takes 64 MiB and a quarter of a second. Each lane gets every other turn, and within a lane each requester
 * in turn, however many hashes one of them waits for.
 */
export class HashQueue {
  readonly #limits: Readonly<Record<HashLane, QueueLimits>>;
  readonly #lanes: Readonly<Record<HashLane, Lane>> = { "sign-in": new Map(), administration: new Map() };
  #last: HashLane = "administration";
  #running = false;
  #done = 0;

  constructor(limits: Readonly<Record<HashLane, QueueLimits>>) {
    this.#limits = limits;
  }

  /** Hashes that were computed, for tests that count them. */
  get done(): number {
    return this.#done;
  }

  /** Undefined when too many wait; then nothing is computed. */
  async run<T>({ lane, name }: PasswordRequester, hash: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    if (this.#running && !(await this.#wait(this.#lanes[lane], this.#limits[lane], name))) return undefined;
    this.#running = true;
    try {
      this.#done += 1;
      return { value: await hash() };
    } finally {
      this.#next();
    }
  }

  #wait(lane: Lane, { perRequester, requesters }: QueueLimits, name: string): Promise<boolean> {
    const waiting = lane.get(name);
    if (waiting === undefined ? lane.size >= requesters : waiting.length >= perRequester) return Promise.resolve(false);
    return new Promise((resolve) => {
      const begin = (): void => resolve(true);
      if (waiting === undefined) lane.set(name, [begin]);
      else waiting.push(begin);
    });
  }

  /** The turn passes on without a moment in which a newcomer could take it. */
  #next(): void {
    const other: HashLane = this.#last === "sign-in" ? "administration" : "sign-in";
    for (const which of [other, this.#last]) {
      const lane = this.#lanes[which];
      const [first] = lane;
      if (first === undefined) continue;
      const [name, waiting] = first;
      lane.delete(name);
      const begin = waiting.shift();
      if (waiting.length > 0) lane.set(name, waiting);
      this.#last = which;
      begin?.();
      return;
    }
    this.#running = false;
  }
}
