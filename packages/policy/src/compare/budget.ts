/** What ends a question without an answer. Both are caught where a question is asked and become `unknown`. */

/** The construct of a policy, or the limit, that keeps a question from being decided. */
export class CannotDecide extends Error {
  readonly construct: string;

  constructor(construct: string) {
    super(construct);
    this.name = "CannotDecide";
    this.construct = construct;
  }
}

/** Containment of policies is PSPACE-complete, so every question has a number of steps; each state kept in memory is at least one step. */
export class Budget {
  #left: number;
  readonly #steps: number;

  constructor(steps: number) {
    this.#left = steps;
    this.#steps = steps;
  }

  spend(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw new CannotDecide(`the limit of ${this.#steps} steps`);
  }

  /** For the next question. */
  refill(steps: number): void {
    this.#left = steps;
  }

  get isEmpty(): boolean {
    return this.#left < 0;
  }
}

/** A few seconds at most, and about a hundred megabytes. */
export const defaultSteps = 2_000_000;
