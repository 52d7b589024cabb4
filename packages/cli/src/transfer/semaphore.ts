/** A number of equal places, or bytes, that those who work in parallel share; who comes first is served first. */
export class Semaphore {
  readonly #total: number;
  #free: number;
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** Holds `amount` while `work` runs. More than there is in all counts as all there is. */
  async use<Result>(amount: number, work: () => Promise<Result>): Promise<Result> {
    const held = Math.min(amount, this.#total);
    await this.#take(held);
    try {
      return await work();
    } finally {
      this.#free += held;
      this.#serve();
    }
  }

  #take(amount: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#free >= amount) {
      this.#free -= amount;
      return Promise.resolve();
    }
    return new Promise((go) => this.#waiting.push({ amount, go }));
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#free >= next.amount; next = this.#waiting[0]) {
      this.#free -= next.amount;
      this.#waiting.shift();
      next.go();
    }
  }
}
