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

/**
 * Containment of policies is PSPACE-complete, so every question has a number of steps. A step is a fixed amount of work: one pattern goes over
 * one character, one literal or one value is looked at. What is kept in memory costs a step for about eight bytes, so the number bounds both.
 */
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

  get left(): number {
    return this.#left;
  }
}

/** A few seconds at most, and about a hundred megabytes. */
export const defaultSteps = 10_000_000;
