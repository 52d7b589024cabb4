import { DecisionRefused, type TimeBudget } from "../ports/time-budget.ts";

/**
 * In steps of matching, about a nanosecond or two each. A turn is short, because Node accepts one connection in each turn of the
 * event loop: a client that connects after many others waits one turn for each of them.
 */
export interface TimeLimits {
  /** For one turn of the event loop: all callers together. A single piece of work may take more. */
  readonly turn: number;
  /** What a request may do in one turn of its own, when it does not say what that costs. */
  readonly slice: number;
  readonly decision: number;
  readonly request: number;
  /** Asked for and not yet done, for one caller. */
  readonly caller: number;
}

const defaults: TimeLimits = {
  turn: 500_000,
  slice: 500_000,
  decision: 4_000_000,
  request: 250_000_000,
  caller: 500_000_000,
};

interface Waiting {
  readonly cost: number;
  readonly signal: AbortSignal;
  readonly go: () => void;
  readonly leave: (reason: unknown) => void;
}

/**
 * A fair queue: while a turn of the event loop has steps left, work is done at once; else each caller with waiting work gets
 * one piece of it done in each round, in later turns. Sockets are served between two turns.
 */
export function createTimeBudget(limits: TimeLimits = defaults): TimeBudget {
  const queue = new TurnQueue(limits.turn);
  const underWay = new Map<string, number>();
  const add = (caller: string, steps: number): void => {
    const sum = (underWay.get(caller) ?? 0) + steps;
    if (sum > 0) underWay.set(caller, sum);
    else underWay.delete(caller);
  };
  return {
    of: (caller, signal) => ({
      turn: () => queue.take(caller, limits.slice, signal),
      async each(costs, work) {
        const total = sumOf(costs, limits);
        if ((underWay.get(caller) ?? 0) + total > limits.caller) throw new DecisionRefused("busy");
        const done: ReturnType<typeof work>[] = [];
        // What needs no other turn is done before anybody else can ask, so it is never under way.
        while (done.length < costs.length && queue.takesNow(costs[done.length] ?? 0)) {
          signal.throwIfAborted();
          done.push(work(done.length));
        }
        if (done.length === costs.length) return done;
        add(caller, total);
        try {
          for (const cost of costs.slice(done.length)) {
            await queue.take(caller, cost, signal);
            done.push(work(done.length));
          }
          return done;
        } finally {
          add(caller, -total);
        }
      },
    }),
  };
}

function sumOf(costs: readonly number[], limits: TimeLimits): number {
  let total = 0;
  for (const cost of costs) {
    total += cost;
    if (cost > limits.decision || total > limits.request) throw new DecisionRefused("too-costly");
  }
  return total;
}

class TurnQueue {
  readonly #steps: number;
  /** By caller; the caller whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #spent = 0;
  #scheduled = false;

  constructor(steps: number) {
    this.#steps = steps;
  }

  async take(caller: string, cost: number, signal: AbortSignal): Promise<void> {
    if (!this.takesNow(cost)) await this.#wait(caller, cost, signal);
    signal.throwIfAborted();
  }

  /** Nobody waits, and it fits into this turn. */
  takesNow(cost: number): boolean {
    if (this.#waiting.size > 0 || !this.#fits(cost)) return false;
    this.#charge(cost);
    return true;
  }

  /** The first piece of work of a turn may be larger than the turn. */
  #fits(cost: number): boolean {
    return this.#spent === 0 || this.#spent + cost <= this.#steps;
  }

  #wait(caller: string, cost: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { cost, signal, go: resolve, leave: reject };
      const others = this.#waiting.get(caller);
      if (others === undefined) this.#waiting.set(caller, [waiting]);
      else others.push(waiting);
      this.#schedule();
    });
  }

  #charge(cost: number): void {
    this.#spent += cost;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#scheduled = false;
    this.#spent = 0;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next.signal.aborted) {
        next.leave(next.signal.reason);
        continue;
      }
      this.#charge(next.cost);
      next.go();
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  /** The first work of the first caller, who goes to the end; undefined when it does not fit into this turn any more. */
  #next(): Waiting | undefined {
    for (const [caller, list] of this.#waiting) {
      const [first] = list;
      if (first === undefined || !this.#fits(first.cost)) return undefined;
      list.shift();
      this.#waiting.delete(caller);
      if (list.length > 0) this.#waiting.set(caller, list);
      return first;
    }
    return undefined;
  }
}
