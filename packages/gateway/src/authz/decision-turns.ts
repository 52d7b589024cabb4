import type { Principal } from "@s3-credentials/policy";
import { DecisionRefused, type DecisionTurns, type DecisionWork } from "../ports/decision-turns.ts";

/** In steps of matching, about a nanosecond or two each. */
export interface DecisionLimits {
  /** For one turn of the event loop: all callers together. A single decision may take more. */
  readonly turn: number;
  readonly decision: number;
  readonly request: number;
  /** Asked for and not yet done, for one principal. */
  readonly principal: number;
}

const defaults: DecisionLimits = {
  turn: 2_000_000,
  decision: 4_000_000,
  request: 250_000_000,
  principal: 500_000_000,
};

interface Waiting {
  readonly cost: number;
  readonly signal: AbortSignal;
  readonly go: () => void;
  readonly leave: (reason: unknown) => void;
}

/**
 * A fair queue: while a turn of the event loop has steps left, decisions are made at once; else each principal with waiting
 * decisions gets one of them made in each round, in later turns.
 */
export function createDecisionTurns(limits: DecisionLimits = defaults): DecisionTurns {
  const queue = new TurnQueue(limits.turn);
  const underWay = new Map<string, number>();
  const add = (owner: string, steps: number): void => {
    const sum = (underWay.get(owner) ?? 0) + steps;
    if (sum > 0) underWay.set(owner, sum);
    else underWay.delete(owner);
  };
  return {
    async each(work, decide) {
      const owner = ownerOf(work.principal);
      const total = costOf(work, limits);
      if ((underWay.get(owner) ?? 0) + total > limits.principal) throw new DecisionRefused("busy");
      add(owner, total);
      try {
        const made = [];
        for (const [at, cost] of work.costs.entries()) {
          if (!queue.take(cost)) await queue.wait(owner, cost, work.signal);
          work.signal.throwIfAborted();
          made.push(decide(at));
        }
        return made;
      } finally {
        add(owner, -total);
      }
    },
    atOnce(cost, decide) {
      if (cost > limits.decision) throw new DecisionRefused("too-costly");
      queue.charge(cost);
      return decide();
    },
  };
}

function costOf({ costs }: DecisionWork, limits: DecisionLimits): number {
  let total = 0;
  for (const cost of costs) {
    total += cost;
    if (cost > limits.decision || total > limits.request) throw new DecisionRefused("too-costly");
  }
  return total;
}

/** Sessions count for the user or role they are of: anyone who may make one session may make many. */
function ownerOf(principal: Principal): string {
  switch (principal.kind) {
    case "anonymous":
      return "anonymous";
    case "service":
      return `service ${principal.service}`;
    case "root":
      return principal.accountId;
    case "role-session":
      return `${principal.accountId} ${principal.roleId}`;
    case "federated-user":
      return `${principal.accountId} ${principal.issuer?.userId ?? ""}`;
    case "user":
    case "user-session":
      return `${principal.accountId} ${principal.userId}`;
  }
}

class TurnQueue {
  readonly #steps: number;
  /** By owner; the owner whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #spent = 0;
  #scheduled = false;

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** Whether a decision may be made at once: nobody waits, and this turn of the event loop has steps left. */
  take(cost: number): boolean {
    if (this.#waiting.size > 0 || (this.#spent > 0 && this.#spent + cost > this.#steps)) return false;
    this.charge(cost);
    return true;
  }

  wait(owner: string, cost: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { cost, signal, go: resolve, leave: reject };
      const others = this.#waiting.get(owner);
      if (others === undefined) this.#waiting.set(owner, [waiting]);
      else others.push(waiting);
      this.#schedule();
    });
  }

  charge(cost: number): void {
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
      this.charge(next.cost);
      next.go();
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  /** The first decision of the first owner, who goes to the end; undefined when it does not fit into this turn any more. */
  #next(): Waiting | undefined {
    for (const [owner, list] of this.#waiting) {
      const [first] = list;
      if (first === undefined || (this.#spent > 0 && this.#spent + first.cost > this.#steps)) return undefined;
      list.shift();
      this.#waiting.delete(owner);
      if (list.length > 0) this.#waiting.set(owner, list);
      return first;
    }
    return undefined;
  }
}
