/** What has been opened, closed again in reverse; at a failed start too. */
export class Opened {
  readonly #closers: (() => Promise<unknown> | void)[] = [];

  add(close: () => Promise<unknown> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      try {
        await closer();
      } catch (error) {
        failures.push(error); // the rest still has to let go
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
